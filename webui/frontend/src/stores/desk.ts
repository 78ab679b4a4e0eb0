import { defineStore } from 'pinia'
import { ref } from 'vue'
import { readDesk, type DeskCounts } from '@/api/desk'
import { ApiError } from '@/api/client'
import { useLive } from './live'

const PAUSE_MS = 300
/** Time alone makes callers overdue. */
const ANEW_MS = 60_000

/** How much waits at the desk, for the navigation; kept true by the live connection. */
export const useDesk = defineStore('desk', () => {
  const live = useLive()
  const counts = ref<DeskCounts>({ new_voicemails: 0, open_followups: 0, overdue_followups: 0 })
  const listeners = new Set<() => void>()
  let pause: ReturnType<typeof setTimeout> | undefined
  let anew: ReturnType<typeof setInterval> | undefined
  let stops: (() => void)[] = []

  async function load(): Promise<void> {
    try {
      counts.value = await readDesk()
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
    stops = [live.onDesk(changed), live.onSnapshot(changed)]
    anew = setInterval(() => void load(), ANEW_MS)
    void load()
  }

  function stop(): void {
    stops.forEach((each) => each())
    clearTimeout(pause)
    clearInterval(anew)
  }

  /** Runs whenever voicemails or callers to be followed up changed; the returned function ends that. */
  function onChange(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  return { counts, start, stop, onChange }
})
