import { computed, onBeforeUnmount, ref, type ComputedRef, type Ref } from 'vue'

export interface Sending {
  /** A file is on its way. */
  going: ComputedRef<boolean>
  percent: ComputedRef<number>
  /** The input by which a file is chosen. */
  chooser: Ref<HTMLInputElement | undefined>
  choose: () => void
  /** `send` is told where to report and when to break off; afterwards the same file can be chosen again. */
  start: (send: (progress: (done: number) => void, signal: AbortSignal) => Promise<void>) => Promise<void>
  stop: () => void
}

/** Sending one file at a time; leaving the page ends it. */
export function useSending(): Sending {
  const control = ref<AbortController | null>(null)
  const done = ref(0)
  const chooser = ref<HTMLInputElement>()

  async function start(send: Parameters<Sending['start']>[0]): Promise<void> {
    const mine = new AbortController()
    control.value = mine
    done.value = 0
    try {
      await send((part) => (done.value = part), mine.signal)
    } finally {
      control.value = null
      if (chooser.value) chooser.value.value = ''
    }
  }

  const stop = (): void => control.value?.abort()
  onBeforeUnmount(stop)
  return {
    going: computed(() => control.value !== null),
    percent: computed(() => Math.round(100 * done.value)),
    chooser,
    choose: () => chooser.value?.click(),
    start,
    stop,
  }
}
