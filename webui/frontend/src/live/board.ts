/** What the whole box is doing right now: a snapshot, kept true by the events after it. Pure. */
import type {
  AgentView, CallView, EngineHealth, LineView, LiveEvent, PhoneView, QueueView, Snapshot, StationView,
} from './messages'

export interface Board {
  /** false until the first snapshot and after `EngineDown`. */
  engineUp: boolean
  /** Server clock minus ours, ms: waiting times tick by the box's clock. */
  clockOffsetMs: number
  bureau: string
  hotline: string
  simulated: boolean
  lines: LineView[]
  stations: StationView[]
  agents: AgentView[]
  queues: QueueView[]
  calls: CallView[]
  phones: PhoneView[]
  health: EngineHealth | null
  /** Labels of the flow's nodes that each running call went through, as far as we saw them. */
  trails: Record<string, string[]>
}

export function emptyBoard(): Board {
  return {
    engineUp: false, clockOffsetMs: 0, bureau: '', hotline: '', simulated: false,
    lines: [], stations: [], agents: [], queues: [], calls: [], phones: [], health: null, trails: {},
  }
}

export function applyEvent(board: Board, event: LiveEvent, nowMs: number): Board {
  switch (event.type) {
    case 'Snapshot':
      return fromSnapshot(event, board.trails, nowMs)
    case 'EngineDown':
      return { ...board, engineUp: false }
    case 'LineChanged':
      return { ...board, lines: upsert(board.lines, event.line, (line) => line.line) }
    case 'StationChanged':
      return { ...board, stations: upsert(board.stations, event.station, (station) => station.station) }
    case 'AgentChanged':
      return { ...board, agents: withAgent(board.agents, event.agent) }
    case 'QueueChanged':
      return { ...board, queues: upsert(board.queues, event.queue, (queue) => queue.queue) }
    case 'CallChanged':
      return { ...board, calls: withCall(board.calls, event.call), trails: withStep(board.trails, event.call) }
    case 'ScreenPop':
      // Who is asked for advice is told of the call by nothing else.
      return event.left ? board : { ...board, calls: withCall(board.calls, event.call) }
    case 'CallLeft':
      return event.unseen ? { ...board, calls: board.calls.filter((call) => call.call_id !== event.call_id) } : board
    case 'PhoneChanged':
      return { ...board, phones: upsert(board.phones, event.phone, (phone) => phone.phone) }
    case 'HealthReported':
      return { ...board, health: event.health }
    default:
      return board
  }
}

function fromSnapshot(event: Snapshot, before: Record<string, string[]>, nowMs: number): Board {
  const { bureau, hotline, simulated, lines, stations, queues, calls, phones, health } = event
  const at = Date.parse(event.at)
  return {
    engineUp: true, clockOffsetMs: Number.isNaN(at) ? 0 : at - nowMs,
    bureau, hotline, simulated, lines, stations, queues, calls, phones, health,
    agents: event.agents.filter((agent) => agent.status !== 'logged_out'),
    trails: calls.reduce(withStep, keepOnly(before, calls)),
  }
}

function keepOnly(trails: Record<string, string[]>, calls: CallView[]): Record<string, string[]> {
  return Object.fromEntries(calls.map((call) => [call.call_id, trails[call.call_id] ?? []]))
}

/** The trail of an ended call stays: its screen pop is still open. The next snapshot clears it away. */
function withStep(trails: Record<string, string[]>, call: CallView): Record<string, string[]> {
  const label = call.node_label || call.node
  const trail = trails[call.call_id] ?? []
  if (!label || trail[trail.length - 1] === label) return trails
  return { ...trails, [call.call_id]: [...trail, label] }
}

function upsert<T, K>(rows: T[], row: T, keyOf: (row: T) => K): T[] {
  const at = rows.findIndex((one) => keyOf(one) === keyOf(row))
  return at < 0 ? [...rows, row] : rows.map((one, index) => (index === at ? row : one))
}

function withCall(calls: CallView[], call: CallView): CallView[] {
  if (call.state === 'ended') return calls.filter((one) => one.call_id !== call.call_id)
  return upsert(calls, call, (one) => one.call_id)
}

function withAgent(agents: AgentView[], agent: AgentView): AgentView[] {
  if (agent.status === 'logged_out') return agents.filter((one) => one.agent !== agent.agent)
  return upsert(agents, agent, (one) => one.agent)
}
