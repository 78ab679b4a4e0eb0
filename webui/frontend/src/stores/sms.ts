import { defineStore } from 'pinia'
import { ref } from 'vue'
import { ApiError } from '@/api/client'
import { listConversations } from '@/api/sms'
import { useLive } from './live'
import { useSession } from './session'

const PAUSE_MS = 200

/** How many messages nobody has read, for the navigation; kept true by the live connection. */
export const useSms = defineStore('sms', () => {
  const live = useLive()
  const session = useSession()
  const unread = ref(0)
  const listeners = new Set<() => void>()
  let pause: ReturnType<typeof setTimeout> | undefined
  let stops: (() => void)[] = []

  async function load(): Promise<void> {
    if (!session.can('sms.send')) return
    try {
      unread.value = (await listConversations({ search: '', unread: true, customer: null }, null, 1)).unread
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // The banner of the connection says what is wrong; the next change asks again.
    }
  }

  function changed(): void {
    clearTimeout(pause)
    pause = setTimeout(() => {
      void load()
      listeners.forEach((listener) => listener())
    }, PAUSE_MS)
  }

  function start(): void {
    stops = [live.onSms(changed), live.onSnapshot(changed)]
    void load()
  }

  function stop(): void {
    stops.forEach((each) => each())
    clearTimeout(pause)
  }

  /** Runs whenever a message came or something became of one; the returned function ends that. */
  function onChange(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  return { unread, start, stop, onChange }
})
