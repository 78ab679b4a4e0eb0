import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError, post } from '@/api/client'
import { pickUp, type TransferTo } from '@/api/workplace'
import type { AgentStatus, AgentView, CallView, Softkey } from '@/live/messages'
import { useLive } from './live'
import { usePop } from './pop'
import { useSession } from './session'

/** Permissions of which one is needed for a softkey. */
const NEEDED: Record<Softkey, readonly string[]> = {
  hold: ['agent.hold'], resume: ['agent.hold'], consult: ['agent.transfer_seat', 'agent.transfer_external'],
  transfer: ['agent.transfer_seat', 'agent.transfer_queue', 'agent.transfer_external'],
  complete_transfer: ['agent.transfer_seat', 'agent.transfer_external'], cancel_consult: ['agent.transfer_seat', 'agent.transfer_external'],
  conference: ['agent.conference'], push: ['agent.verify_pin'], pause_recording: ['agent.rec_toggle'], resume_recording: ['agent.rec_toggle'],
  hang_up: ['agent.answer_web'],
}

/** The seat at which the signed-in person works; what it shows comes from the live board alone. */
export const useSeat = defineStore('seat', () => {
  const live = useLive()
  const session = useSession()
  const pop = usePop()
  const busy = ref(false)
  const trouble = ref('')

  const isAgent = computed(() => Boolean(session.user?.agent) && session.can('agent.login'))
  const me = computed<AgentView | null>(
    () => (isAgent.value && live.board.agents.find((one) => one.agent === session.user?.agent)) || null,
  )
  /** What the agent's phone is occupied with; a caller who waits on another phone's ringing is not. */
  const call = computed<CallView | null>(() => {
    const mine = me.value
    if (!mine) return null
    return live.callOf(mine.call_id) ?? live.board.calls.find((one) => one.seat === mine.seat && one.state !== 'queued') ?? null
  })
  /** The call is the agent's own; not when a colleague only asks for advice. */
  const steers = computed(() => Boolean(call.value && call.value.agent === me.value?.agent))
  const station = computed(() => live.board.stations.find((one) => one.seat === me.value?.seat) ?? null)
  /** Somebody calls; not when the phone rings to be spoken into. */
  const ringing = computed(() => me.value?.state === 'offered' || (station.value?.state === 'ringing' && !station.value.call_id?.startsWith('take-')))

  /** Whether the softkey does something just now and the person may use it. */
  function offers(key: Softkey): boolean {
    return steers.value && live.healthy && Boolean(call.value?.softkeys.includes(key)) && NEEDED[key].some(session.can)
  }

  /** Whether the person may ever use it. */
  const mayUse = (key: Softkey): boolean => NEEDED[key].some(session.can)

  async function ask(path: string, body: unknown = {}): Promise<boolean> {
    return attempt(() => post(path, body))
  }

  async function attempt(action: () => Promise<unknown>): Promise<boolean> {
    trouble.value = ''
    busy.value = true
    try {
      await action()
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      trouble.value = error.message
      return false
    } finally {
      busy.value = false
    }
  }

  const dial = (number: string): Promise<boolean> => ask('/api/seat/dial', { number: dialable(number) })

  return {
    isAgent, me, call, steers, station, ringing, busy, trouble, offers, mayUse, dial,
    signIn: (seat: string) => ask('/api/seat/sign-in', { seat }),
    signOut: () => ask('/api/seat/sign-out'),
    setStatus: (status: Exclude<AgentStatus, 'logged_out'>, reason = '') => ask('/api/seat/status', { status, reason }),
    hangUp: () => ask('/api/seat/hang-up'),
    hold: () => ask('/api/seat/hold'),
    resume: () => ask('/api/seat/resume'),
    consult: (number: string) => ask('/api/seat/consult', { number: dialable(number) }),
    completeTransfer: () => ask('/api/seat/complete-transfer'),
    cancelConsult: () => ask('/api/seat/cancel-consult'),
    transfer: (to: TransferTo, target: string) => ask('/api/seat/transfer', { to, target: to === 'outside' ? dialable(target) : target }),
    conference: () => ask('/api/seat/conference'),
    push: (flow: string, value: string) => ask('/api/seat/push', { flow, value }),
    pauseRecording: (on: boolean) => ask('/api/seat/pause-recording', { on }),
    pickUp: (from = '') => attempt(() => pickUp(from)),
    showCall: () => {
      if (call.value) pop.shownId = call.value.call_id
      pop.folded = false
    },
  }
})

/** What people paste with blanks and dashes, as the exchange wants it. */
export function dialable(number: string): string {
  return number.replace(/[\s\-–—()（）.]/g, '')
}
