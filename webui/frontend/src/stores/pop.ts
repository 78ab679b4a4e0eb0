import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { CallRow, Note } from '@/api/calls'
import type { FollowUp } from '@/api/desk'
import type { Customer } from '@/api/customers'
import type { CallLeft, CallNoted, CallView, ScreenPop } from '@/live/messages'
import { useLive } from './live'
import { useNotes } from './notes'
import { useSession } from './session'

export interface Pop {
  callId: string
  ringAt: string
  call: CallView
  customer: Customer | null
  earlier: CallRow[]
  followUp: FollowUp | null
  /** The call is over. */
  ended: boolean
  /** The call is not at this seat any more. */
  left: boolean
  /** The agent talked with the caller. */
  served: boolean
  /** Who has it now, as far as known. */
  takenBy: string
  /** What was written about the call, by whoever. */
  note: Note
}
/** A phone that rang here and was not answered here. */
export interface Lost {
  callId: string
  who: string
  takenBy: string
  ended: boolean
}

const MOST_POPS = 6
const CLOSED = 'closed-screens'
const MOST_CLOSED = 100

/** Screen pops of this agent: opened by the ringing phone, kept in step with the call, closed by the person. */
export const usePop = defineStore('pop', () => {
  const live = useLive()
  const session = useSession()
  const notes = useNotes()
  const pops = ref<Pop[]>([])
  const shownId = ref('')
  const folded = ref(false)
  const lost = ref<Lost | null>(null)
  const shown = computed(() => pops.value.find((pop) => pop.callId === shownId.value) ?? null)
  const find = (callId: string): Pop | undefined => pops.value.find((pop) => pop.callId === callId)

  /** The server sends a pop again when it has found the customer, and after a reconnect: same call, same panel. */
  function open(event: ScreenPop<Customer, CallRow, FollowUp>): void {
    const callId = event.call.call_id
    if (event.agent !== session.user?.agent || closedOnes().includes(closing(callId, event.ring_at))) return
    const known = find(callId)
    if (known) again(known, event)
    else add(event)
  }

  function again(known: Pop, event: ScreenPop<Customer, CallRow, FollowUp>): void {
    const back = known.left && !event.left
    Object.assign(known, {
      call: event.left ? known.call : event.call, ringAt: event.ring_at, customer: event.customer ?? known.customer, earlier: event.earlier,
      followUp: event.follow_up ?? known.followUp, served: known.served || Boolean(event.served), note: { ...event.note, ...notes.unsent(known.callId) },
    })
    if (!back) return
    Object.assign(known, { left: false, ended: false, takenBy: '' })
    bringUp(known.callId)
  }

  function add(event: ScreenPop<Customer, CallRow, FollowUp>): void {
    const callId = event.call.call_id
    const left = Boolean(event.left)
    const pop: Pop = {
      callId, ringAt: event.ring_at, call: event.call, customer: event.customer, earlier: event.earlier, followUp: event.follow_up ?? null,
      ended: event.call.state === 'ended', left, served: Boolean(event.served), takenBy: '', note: { ...event.note, ...notes.unsent(callId) },
    }
    pops.value = [pop, ...pops.value].slice(0, MOST_POPS)
    if (!left || !shown.value) bringUp(callId)
  }

  function bringUp(callId: string): void {
    shownId.value = callId
    folded.value = false
    lost.value = null
  }

  function follow(call: CallView): void {
    const pop = find(call.call_id)
    if (!pop || (pop.left && pop.ended)) return
    pop.call = call
    pop.ended = call.state === 'ended'
  }

  /** It is not at this seat any more: what only rang goes away, what was served stays to be written about. */
  function leave(event: CallLeft): void {
    const pop = find(event.call_id)
    if (!pop) return
    pop.left = true
    pop.ended = event.ended
    pop.served ||= event.served
    pop.takenBy = event.taken_by
    if (pop.served || Object.keys(notes.unsent(pop.callId)).length) return
    lost.value = { callId: pop.callId, who: pop.customer?.name || pop.call.peer_name || pop.call.peer_number, takenBy: event.taken_by, ended: event.ended }
    drop(pop.callId)
  }

  /** After a reconnect: what became of the calls meanwhile; the pops after the snapshot say what is here. */
  function catchUp(): void {
    for (const pop of pops.value) {
      const call = live.callOf(pop.callId)
      if (call) follow(call)
      else pop.ended = pop.left = true
    }
    for (const pop of pops.value.filter((one) => one.left && !one.served)) drop(pop.callId)
  }

  function close(callId: string): void {
    const pop = find(callId)
    if (pop) keepClosed(closing(callId, pop.ringAt))
    drop(callId)
  }

  function drop(callId: string): void {
    pops.value = pops.value.filter((pop) => pop.callId !== callId)
    if (shownId.value === callId) shownId.value = (pops.value.find((pop) => !pop.left) ?? pops.value[0])?.callId ?? ''
  }

  /** Another tab of the same person closed it. */
  function closedElsewhere(): void {
    const closed = closedOnes()
    for (const pop of pops.value) if (closed.includes(closing(pop.callId, pop.ringAt))) drop(pop.callId)
  }

  function setCustomer(callId: string, customer: Customer): void {
    const pop = find(callId)
    if (!pop) return
    pop.customer = customer
    if (session.can('call.bind_customer')) write(callId, { customer: customer.id })
  }

  /** The person wrote about the call. */
  function write(callId: string, note: Note): void {
    const pop = find(callId)
    if (pop) pop.note = { ...pop.note, ...note }
    notes.write(callId, note)
  }

  /** Somebody wrote: what this person has written and not sent yet stays. */
  function noted(event: CallNoted<Customer>): void {
    const pop = find(event.call_id)
    if (!pop) return
    const unsent = notes.unsent(pop.callId)
    pop.note = { ...event.note, ...unsent }
    if (event.note.customer !== undefined && unsent.customer === undefined) pop.customer = event.customer ?? pop.customer
  }

  function forget(): void {
    pops.value = []
    shownId.value = ''
    lost.value = null
  }

  return { pops, shown, shownId, folded, lost, open, follow, leave, catchUp, close, closedElsewhere, setCustomer, write, noted, forget }
})

/** A call that comes back to the seat opens anew, though its screen was closed before. */
const closing = (callId: string, ringAt: string): string => `${callId}@${ringAt}`

function closedOnes(): string[] {
  try {
    return JSON.parse(localStorage.getItem(CLOSED) ?? '[]') as string[]
  } catch {
    return []
  }
}

function keepClosed(one: string): void {
  try {
    localStorage.setItem(CLOSED, JSON.stringify([...closedOnes(), one].slice(-MOST_CLOSED)))
  } catch {
    // Without storage a reload shows it again.
  }
}
