import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { applyEvent, emptyBoard, type Board } from '@/live/board'
import type { AgentView, CallLeft, CallNoted, CallView, LiveEvent, ScreenPop } from '@/live/messages'
import { LastingSocket } from '@/live/socket'

export type Connection = 'connecting' | 'open' | 'lost'

/** The live connection to the box: one board for all pages, and hooks for what is not state. */
export const useLive = defineStore('live', () => {
  const board = shallowRef<Board>(emptyBoard())
  const connection = ref<Connection>('connecting')
  const popListeners = new Set<(pop: ScreenPop) => void>()
  const loggedListeners = new Set<(callId: string) => void>()
  const callListeners = new Set<(call: CallView) => void>()
  const snapshotListeners = new Set<() => void>()
  const deskListeners = new Set<() => void>()
  const alarmListeners = new Set<() => void>()
  const smsListeners = new Set<() => void>()
  const leftListeners = new Set<(left: CallLeft) => void>()
  const notedListeners = new Set<(noted: CallNoted) => void>()
  let onLost: () => void = () => undefined

  const socket = new LastingSocket('/live', {
    opened: () => (connection.value = 'open'),
    text: (message) => take(JSON.parse(message) as LiveEvent),
    lost: () => {
      connection.value = 'lost'
      onLost()
    },
  })

  function take(event: LiveEvent, nowMs = Date.now()): void {
    board.value = applyEvent(board.value, event, nowMs)
    if (event.type === 'ScreenPop') popListeners.forEach((listener) => listener(event))
    else if (event.type === 'CallLogged') loggedListeners.forEach((listener) => listener(event.record.call_id))
    else if (event.type === 'CallChanged') callListeners.forEach((listener) => listener(event.call))
    else if (event.type === 'CallLeft') leftListeners.forEach((listener) => listener(event))
    else if (event.type === 'CallNoted') notedListeners.forEach((listener) => listener(event))
    else if (event.type === 'DeskChanged') deskListeners.forEach((listener) => listener())
    else if (event.type === 'AlarmsChanged') alarmListeners.forEach((listener) => listener())
    else if (event.type === 'SmsChanged') smsListeners.forEach((listener) => listener())
    else if (event.type === 'Snapshot') snapshotListeners.forEach((listener) => listener())
  }

  /** `lost` runs whenever the connection goes or cannot be had: the session may have ended. */
  function start(lost: () => void): void {
    onLost = lost
    socket.open()
  }

  function stop(): void {
    socket.close()
    connection.value = 'connecting'
    board.value = emptyBoard()
  }

  const callOf = (callId: string | null): CallView | null =>
    board.value.calls.find((call) => call.call_id === callId) ?? null
  const trailOf = (callId: string): string[] => board.value.trails[callId] ?? []
  const agentName = (agent: string | null): string =>
    board.value.agents.find((one) => one.agent === agent)?.name ?? agent ?? ''
  /** Since when the agent is in the state that is shown: on a call, since the call entered its own. */
  const agentSince = (agent: AgentView): string =>
    (['offered', 'on_call'].includes(agent.state) && callOf(agent.call_id)?.since) || agent.since
  const healthy = computed(() => connection.value === 'open' && board.value.engineUp)

  return {
    board, connection, healthy, take, start, stop, callOf, trailOf, agentName, agentSince,
    retryNow: () => socket.retryNow(),
    onPop: (listener: (pop: ScreenPop) => void) => listen(popListeners, listener),
    onLogged: (listener: (callId: string) => void) => listen(loggedListeners, listener),
    onCall: (listener: (call: CallView) => void) => listen(callListeners, listener),
    onSnapshot: (listener: () => void) => listen(snapshotListeners, listener),
    onLeft: (listener: (left: CallLeft) => void) => listen(leftListeners, listener),
    onNoted: (listener: (noted: CallNoted) => void) => listen(notedListeners, listener),
    onDesk: (listener: () => void) => listen(deskListeners, listener),
    onSms: (listener: () => void) => listen(smsListeners, listener),
    onAlarms: (listener: () => void) => listen(alarmListeners, listener),
  }
})

/** Adds the listener; the returned function takes it away again. */
function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
