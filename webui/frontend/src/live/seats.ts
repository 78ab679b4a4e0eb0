/** Rows of the seats on the live board: every phone with who sits there, filtered and sorted. Pure. */
import type { BoardDay } from '@/api/monitoring'
import type { AgentView, StationView } from './messages'

export interface SeatRow {
  /** Station, or the staff number of somebody without a phone. */
  key: string
  station: StationView | null
  agent: AgentView | null
  talked: number
  talkS: number
}

export interface SeatFilter {
  /** Empty: every queue. */
  queues: readonly string[]
  /** null: every unit. */
  team: number | null
}

export const SORTS = ['seat', 'name', 'state', 'since', 'talked'] as const
export type SeatSort = (typeof SORTS)[number]

/** Most urgent first: who rings, who talks, who could take a call, who could not. */
const STATES = ['offered', 'on_call', 'wrap_up', 'ready', 'on_break'] as const

export function seatRows(stations: readonly StationView[], agents: readonly AgentView[], day: BoardDay | null): SeatRow[] {
  const figures = new Map(day?.figures.agents.map((one) => [one.agent, one]))
  const row = (station: StationView | null, agent: AgentView | null): SeatRow => ({
    key: station?.station ?? `agent-${agent?.agent}`,
    station,
    agent,
    talked: agent ? (figures.get(agent.agent)?.talked ?? 0) : 0,
    talkS: agent ? (figures.get(agent.agent)?.talk_s ?? 0) : 0,
  })
  const seated = stations.map((station) => row(station, agents.find((agent) => agent.seat === station.seat) ?? null))
  const elsewhere = agents.filter((agent) => !stations.some((station) => station.seat === agent.seat))
  return [...seated, ...elsewhere.map((agent) => row(null, agent))]
}

/** Without a filter every phone is shown, with one only people who belong to it. */
export function filtered(rows: readonly SeatRow[], filter: SeatFilter, day: BoardDay | null): SeatRow[] {
  const team = day?.teams.find((one) => one.id === filter.team)
  return rows.filter(({ agent }) => {
    if (!filter.queues.length && filter.team === null) return true
    return agent !== null && (!filter.queues.length || servesOne(agent.agent, filter.queues, day)) && (!team || team.agents.includes(agent.agent))
  })
}

/** Whom the plan gives no queue at all serves every one. */
function servesOne(agent: string, queues: readonly string[], day: BoardDay | null): boolean {
  const own = day?.members.filter((one) => one.agents.includes(agent)).map((one) => one.queue) ?? []
  return own.length === 0 || own.some((queue) => queues.includes(queue))
}

/** Rows keep their places among equals, so nothing jumps that did not change. */
export function sorted(rows: readonly SeatRow[], by: SeatSort, down: boolean, sinceOf: (agent: AgentView) => string): SeatRow[] {
  if (by === 'seat') return down ? [...rows].reverse() : [...rows]
  const compare = (a: SeatRow, b: SeatRow): number => {
    if (!a.agent || !b.agent) return Number(!a.agent) - Number(!b.agent)
    const order = byAgent(a, b, a.agent, b.agent, by, sinceOf)
    return down ? -order : order
  }
  return [...rows].sort(compare)
}

function byAgent(a: SeatRow, b: SeatRow, one: AgentView, other: AgentView, by: SeatSort, sinceOf: (agent: AgentView) => string): number {
  if (by === 'name') return one.name.localeCompare(other.name, 'zh-CN')
  if (by === 'since') return sinceOf(one).localeCompare(sinceOf(other))
  if (by === 'talked') return b.talked - a.talked
  return STATES.indexOf(stateOf(one)) - STATES.indexOf(stateOf(other))
}

export function stateOf(agent: AgentView): (typeof STATES)[number] {
  if (agent.state !== 'idle') return agent.state
  return agent.status === 'ready' ? 'ready' : 'on_break'
}
