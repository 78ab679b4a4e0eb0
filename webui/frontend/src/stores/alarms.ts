import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { chime } from '@/alarms/chime'
import { acknowledgeAlarm, listAlarms, type Alarm } from '@/api/monitoring'
import { ApiError } from '@/api/client'
import { useLive } from './live'
import { useSession } from './session'

const MOST = 100
const PAUSE_MS = 200
/** What nobody has taken note of is heard again after so long. */
const AGAIN_MS = 30_000
const MUTED = 'alarms-muted'

/** What is wrong with the box just now, as far as it concerns this person; seen in a banner and heard. */
export const useAlarms = defineStore('alarms', () => {
  const live = useLive()
  const session = useSession()
  const lasting = ref<Alarm[]>([])
  const muted = ref(remembered())
  const concerned = computed(() => ['mon.lines', 'mon.queue', 'sys.status'].some(session.can))
  const unseen = computed(() => lasting.value.filter((alarm) => !alarm.acknowledged_at && alarm.level !== 'notice'))
  const listeners = new Set<() => void>()
  let known = new Set<number>()
  let pause: ReturnType<typeof setTimeout> | undefined
  let again: ReturnType<typeof setInterval> | undefined
  let stops: (() => void)[] = []

  async function load(): Promise<void> {
    if (!concerned.value) return
    try {
      lasting.value = (await listAlarms({ open: true }, null, MOST)).rows
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return // The banner of the connection says what is wrong; the next change asks again.
    }
    const audible = unseen.value.filter((alarm) => alarm.sound)
    if (audible.some((alarm) => !known.has(alarm.id))) ring()
    known = new Set(audible.map((alarm) => alarm.id))
  }

  function ring(): void {
    const worst = unseen.value.find((alarm) => alarm.sound && alarm.level === 'grave') ? 'grave' : 'warn'
    if (!muted.value) chime(worst)
  }

  function changed(): void {
    clearTimeout(pause)
    pause = setTimeout(() => {
      void load()
      listeners.forEach((listener) => listener())
    }, PAUSE_MS)
  }

  function start(): void {
    stops = [live.onAlarms(changed), live.onSnapshot(changed)]
    again = setInterval(() => unseen.value.some((alarm) => alarm.sound) && ring(), AGAIN_MS)
    void load()
  }

  function stop(): void {
    stops.forEach((each) => each())
    clearTimeout(pause)
    clearInterval(again)
    lasting.value = []
    known = new Set()
  }

  /** The caller took note of all of these. */
  async function acknowledge(alarms: readonly Alarm[]): Promise<void> {
    await Promise.all(alarms.map((alarm) => acknowledgeAlarm(alarm.id)))
    await load()
  }

  function mute(on: boolean): void {
    muted.value = on
    try {
      localStorage.setItem(MUTED, on ? '1' : '')
    } catch {
      // Storage may be switched off: the choice then lasts until the page is closed.
    }
  }

  /** Runs whenever alarms changed; the returned function ends that. */
  function onChange(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  return { lasting, unseen, muted, concerned, start, stop, acknowledge, mute, onChange }
})

function remembered(): boolean {
  try {
    return localStorage.getItem(MUTED) === '1'
  } catch {
    return false
  }
}
