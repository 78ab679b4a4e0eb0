import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError } from '@/api/client'
import { readSupport, type Support } from '@/api/support'
import { useSession } from './session'

const QUICK_MS = 2000
const SLOW_MS = 15_000

/** Whether the vendor may come in just now, and who is in: for everybody who may close it, on every page. */
export const useSupport = defineStore('support', () => {
  const session = useSession()
  const support = ref<Support | null>(null)
  const trouble = ref('')
  const concerned = computed(() => session.can('sys.remote'))
  const running = computed(() => support.value?.sessions.filter((each) => !each.end) ?? [])
  let watchers = 0
  let onPage = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(): Promise<void> {
    try {
      support.value = await readSupport()
      trouble.value = ''
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      trouble.value = error.message
    }
  }

  function again(): void {
    clearTimeout(timer)
    if (!watchers) return
    const quick = onPage > 0 || !!support.value?.grant
    timer = setTimeout(() => void load().finally(again), quick ? QUICK_MS : SLOW_MS)
  }

  /** The banner needs it slowly, the page quickly. Returns what ends it. */
  function watch(page = false): () => void {
    watchers++
    if (page) onPage++
    void load().finally(again)
    return () => {
      watchers--
      if (page) onPage--
      again()
    }
  }

  return { support, trouble, concerned, running, load, watch }
})
