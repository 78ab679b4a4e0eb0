import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { ApiError } from '@/api/client'

const PAGE_ROWS = 50

interface Page<Row> {
  rows: Row[]
  next: number | null
}

/** Some lists have a place that is no number. */
interface AnyPage<Row> {
  rows: Row[]
  next: number | string | null
}

export interface Pages<Row, P extends AnyPage<Row>> {
  rows: ShallowRef<Row[]>
  /** The newest page, for what it says beside its rows. */
  last: ShallowRef<P | null>
  loading: Ref<boolean>
  trouble: Ref<string>
  /** The field that the trouble concerns, empty for none. */
  troubleField: Ref<string>
  more: ComputedRef<boolean>
  reload: () => Promise<void>
  next: () => Promise<void>
}

/** A list read page by page with the server's cursor. A newer reload wins over an answer still under way. */
export function usePages<Row, P extends AnyPage<Row> = Page<Row>>(
  read: (before: P['next'], limit: number, signal: AbortSignal) => Promise<P>,
  limit = PAGE_ROWS,
): Pages<Row, P> {
  const rows = shallowRef<Row[]>([])
  const last: ShallowRef<P | null> = shallowRef(null)
  const loading = ref(false)
  const trouble = ref('')
  const troubleField = ref('')
  let running: AbortController | null = null

  async function load(before: P['next']): Promise<void> {
    running?.abort()
    const mine = new AbortController()
    running = mine
    loading.value = true
    trouble.value = ''
    troubleField.value = ''
    try {
      const page = await read(before, limit, mine.signal)
      if (running !== mine) return
      rows.value = before === null ? page.rows : [...rows.value, ...page.rows]
      last.value = page
    } catch (error) {
      if (mine.signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      trouble.value = error.message
      troubleField.value = error.field ?? ''
    } finally {
      if (running === mine) {
        running = null
        loading.value = false
      }
    }
  }

  return {
    rows, last, loading, trouble, troubleField,
    more: computed(() => Boolean(last.value?.next)),
    reload: () => load(null),
    next: async () => {
      if (last.value?.next && !loading.value) await load(last.value.next)
    },
  }
}
