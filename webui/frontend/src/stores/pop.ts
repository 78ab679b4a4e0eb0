import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { CallRow, Note } from '@/api/calls'
import type { FollowUp } from '@/api/desk'
import type { Customer } from '@/api/customers'
import type { CallView, ScreenPop } from '@/live/messages'
import { useLive } from './live'
import { useNotes } from './notes'
import { useSession } from './session'

export interface Pop {
  callId: string
  call: CallView
  customer: Customer | null
  earlier: CallRow[]
  followUp: FollowUp | null
  /** Labels of the flow's nodes the caller went through, as far as we saw them. */
  path: string[]
  ended: boolean
  /** The record is in the log. */
  logged: boolean
  note: Note
}

const MOST_POPS = 5

/** Screen pops of this agent: opened by the ringing phone, kept in step with the call, closed by the person. */
export const usePop = defineStore('pop', () => {
  const live = useLive()
  const session = useSession()
  const notes = useNotes()
  const pops = ref<Pop[]>([])
  const shownId = ref('')
  const folded = ref(false)
  const closed = new Set<string>()
  const shown = computed(() => pops.value.find((pop) => pop.callId === shownId.value) ?? null)

  /** The server sends a pop again when it has found the customer, and after a reconnect: same call, same panel. */
  function open(event: ScreenPop<Customer, CallRow, FollowUp>): void {
    const callId = event.call.call_id
    if (event.agent !== session.user?.agent || closed.has(callId)) return
    const known = pops.value.find((pop) => pop.callId === callId)
    if (known) {
      known.customer = event.customer ?? known.customer
      known.earlier = event.earlier
      known.followUp = event.follow_up ?? known.followUp
      return
    }
    const pop = { callId, call: event.call, customer: event.customer, earlier: event.earlier, followUp: event.follow_up ?? null, path: live.trailOf(callId), ended: false, logged: false, note: {} }
    pops.value = [pop, ...pops.value].slice(0, MOST_POPS)
    shownId.value = callId
    folded.value = false
  }

  function follow(call: CallView): void {
    const pop = pops.value.find((one) => one.callId === call.call_id)
    if (!pop) return
    pop.call = call
    pop.ended = call.state === 'ended'
    pop.path = live.trailOf(call.call_id)
  }

  /** After a reconnect: what became of the calls meanwhile. */
  function catchUp(): void {
    for (const pop of pops.value) {
      const call = live.callOf(pop.callId)
      if (call) follow(call)
      else pop.ended = true
    }
  }

  function close(callId: string): void {
    closed.add(callId)
    pops.value = pops.value.filter((pop) => pop.callId !== callId)
    if (shownId.value === callId) shownId.value = pops.value[0]?.callId ?? ''
  }

  async function setCustomer(callId: string, customer: Customer): Promise<void> {
    const pop = pops.value.find((one) => one.callId === callId)
    if (!pop) return
    pop.customer = customer
    if (session.can('call.bind_customer')) await notes.save(callId, { customer: customer.id }, !pop.logged)
  }

  function noted(callId: string, note: Note): void {
    const pop = pops.value.find((one) => one.callId === callId)
    if (pop) pop.note = { ...pop.note, ...note }
  }

  function logged(callId: string): void {
    const pop = pops.value.find((one) => one.callId === callId)
    if (pop) pop.ended = pop.logged = true
  }

  function forget(): void {
    pops.value = []
    shownId.value = ''
    closed.clear()
  }

  return { pops, shown, shownId, folded, open, follow, catchUp, close, setCustomer, noted, logged, forget }
})
