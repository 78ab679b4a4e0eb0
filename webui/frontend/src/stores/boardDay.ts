import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { readBoard, type BoardDay } from '@/api/monitoring'
import { ApiError } from '@/api/client'
import { useClock } from './clock'
import { useLive } from './live'

const PAUSE_MS = 300
/** Also when nothing is told: the figures are never older than this. */
const ANEW_MS = 60_000

/** Today's figures, teams and members of queues; read again whenever a call has been logged, and after midnight. */
export const useBoardDay = defineStore('boardDay', () => {
  const live = useLive()
  const clock = useClock()
  const day = ref<BoardDay | null>(null)
  const trouble = ref('')
  /** Midnight has passed and the new day is not read yet: yesterday's figures are not today's. */
  const fresh = computed(() => day.value !== null && day.value.figures.day === localDay(clock.nowMs))
  let pause: ReturnType<typeof setTimeout> | undefined
  let anew: ReturnType<typeof setInterval> | undefined
  let stops: (() => void)[] = []

  async function load(): Promise<void> {
    try {
      day.value = await readBoard()
      trouble.value = ''
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      trouble.value = error.message
    }
  }

  function soon(): void {
    clearTimeout(pause)
    pause = setTimeout(() => void load(), PAUSE_MS)
  }

  function start(): void {
    stops = [live.onLogged(soon), live.onSnapshot(soon)]
    anew = setInterval(() => void load(), ANEW_MS)
    void load()
  }

  function stop(): void {
    stops.forEach((each) => each())
    clearTimeout(pause)
    clearInterval(anew)
  }

  return { day, fresh, trouble, load, soon, start, stop }
})

function localDay(ms: number): string {
  const at = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}
