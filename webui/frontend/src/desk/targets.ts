/** Whom a call can be given to: what the chooser lists, found by any part of what is typed. Pure. */
import type { Favourite, TransferTo } from '@/api/workplace'
import type { AgentView, QueueView, StationView } from '@/live/messages'
import type { Plan } from '@/stores/plan'

export type Presence = 'free' | 'busy' | 'break' | 'away' | 'fault'

export interface Target {
  to: TransferTo
  target: string
  /** What a consultation dials: station or outside number; '' cannot be consulted. */
  number: string
  name: string
  about: string
  presence: Presence | null
  agent: AgentView | null
  queue: QueueView | null
}

export interface Surroundings {
  plan: Plan
  agents: readonly AgentView[]
  stations: readonly StationView[]
  queues: readonly QueueView[]
  mySeat: string
  stationWord: (station: string) => string
}

const FREE_FIRST: Presence[] = ['free', 'away', 'break', 'busy', 'fault']

export function presenceOf(agent: AgentView | null, station: StationView | null): Presence {
  if (station?.state === 'out_of_service') return 'fault'
  if (agent && (agent.state === 'on_call' || agent.state === 'offered')) return 'busy'
  if (station && station.state !== 'on_hook') return 'busy'
  if (!agent) return 'away'
  if (agent.status === 'on_break') return 'break'
  return agent.state === 'wrap_up' ? 'busy' : 'free'
}

function seats(around: Surroundings): Target[] {
  const all = around.plan.seats.filter((one) => one.seat !== around.mySeat).map((one): Target => {
    const agent = around.agents.find((each) => each.seat === one.seat) ?? null
    const station = around.stations.find((each) => each.seat === one.seat) ?? null
    return {
      to: 'seat', target: one.seat, number: one.station, name: agent?.name ?? one.label, about: around.stationWord(one.station),
      presence: presenceOf(agent, station), agent, queue: null,
    }
  })
  return all.sort((a, b) => FREE_FIRST.indexOf(a.presence ?? 'fault') - FREE_FIRST.indexOf(b.presence ?? 'fault'))
}

const plain = (to: TransferTo, target: string, name: string, more: Partial<Target> = {}): Target => ({
  to, target, number: '', name, about: '', presence: null, agent: null, queue: null, ...more,
})

/** Everybody and everything, colleagues who are free first. */
export function allTargets(around: Surroundings): Target[] {
  return [
    ...seats(around),
    ...around.plan.queues.map((one) => plain('queue', one.id, one.label, { queue: around.queues.find((each) => each.queue === one.id) ?? null })),
    ...around.plan.flows.map((one) => plain('flow', one.id, one.label)),
  ]
}

export const outside = (number: string): Target => plain('outside', number, number, { number })

/** What was typed, without blanks, is in name, station or number. */
export function matches(target: Target, typed: string): boolean {
  const wanted = typed.replace(/\s/g, '').toLowerCase()
  return [target.name, target.about, target.number, target.target].some((text) => text.toLowerCase().includes(wanted))
}

/** Favourites and recent ones as targets; what the plan does not have any more is left out. */
export function known(favourites: readonly Favourite[], all: readonly Target[]): Target[] {
  return favourites.flatMap((one) =>
    one.to === 'outside' ? [{ ...outside(one.target), about: one.label ?? '' }] : all.filter((each) => each.to === one.to && each.target === one.target),
  )
}

/** Whether it can be dialled as an outside number. */
export const isNumber = (typed: string): boolean => /^[\d*#][\d*#\s\-()（）]{2,23}$/.test(typed.trim())
