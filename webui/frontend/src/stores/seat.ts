import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError, post } from '@/api/client'
import type { AgentStatus, AgentView, CallView } from '@/live/messages'
import { useLive } from './live'
import { useSession } from './session'

/** The seat at which the signed-in person works; what it shows comes from the live board alone. */
export const useSeat = defineStore('seat', () => {
  const live = useLive()
  const session = useSession()
  const busy = ref(false)
  const trouble = ref('')

  const isAgent = computed(() => Boolean(session.user?.agent) && session.can('agent.login'))
  const me = computed<AgentView | null>(
    () => (isAgent.value && live.board.agents.find((one) => one.agent === session.user?.agent)) || null,
  )
  const call = computed<CallView | null>(() => {
    const mine = me.value
    if (!mine) return null
    return live.callOf(mine.call_id) ?? live.board.calls.find((one) => one.seat === mine.seat && one.state !== 'queued') ?? null
  })

  async function ask(path: string, body: unknown = {}): Promise<boolean> {
    trouble.value = ''
    busy.value = true
    try {
      await post(path, body)
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      trouble.value = error.message
      return false
    } finally {
      busy.value = false
    }
  }

  return {
    isAgent, me, call, busy, trouble,
    signIn: (seat: string) => ask('/api/seat/sign-in', { seat }),
    signOut: () => ask('/api/seat/sign-out'),
    setStatus: (status: Exclude<AgentStatus, 'logged_out'>, reason = '') => ask('/api/seat/status', { status, reason }),
    dial: (number: string) => ask('/api/seat/dial', { number: dialable(number) }),
    hangUp: (callId: string) => ask(`/api/live-calls/${encodeURIComponent(callId)}/hang-up`),
  }
})

/** What people paste with blanks and dashes, as the exchange wants it. */
export function dialable(number: string): string {
  return number.replace(/[\s\-–—()（）.]/g, '')
}
