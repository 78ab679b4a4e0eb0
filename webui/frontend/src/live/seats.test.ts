import { describe, expect, it } from 'vitest'
import type { BoardDay } from '@/api/monitoring'
import { agentView } from './examples'
import type { AgentView, StationView } from './messages'
import { filtered, seatRows, sorted } from './seats'

const station = (n: number): StationView => ({ station: `80${n}`, seat: String(n), label: '', state: 'on_hook', call_id: null, agent: null, fault: '' })
const nothing = { calls: 0, answered: 0, lost: 0, abandoned: 0, in_time: 0, mean_wait_s: 0, longest_wait_s: 0, service_level: null }
const day: BoardDay = {
  figures: { day: '2026-11-22', service_s: 20, all: nothing, queues: [], agents: [{ agent: '1001', talked: 3, talk_s: 200 }], outbound: 0 },
  teams: [{ id: 7, label: '维修班', agents: ['1001'] }],
  members: [{ queue: 'repair', agents: ['1001'] }, { queue: 'bill', agents: ['1002'] }],
  long_wait_s: 60,
}
const people: AgentView[] = [
  agentView({ agent: '1001', name: '王芳', seat: '2', since: '2026-11-22T09:05:00+08:00' }),
  agentView({ agent: '1002', name: '李强', seat: '1', status: 'on_break', since: '2026-11-22T09:01:00+08:00' }),
  agentView({ agent: '1003', name: '赵敏', seat: '9', state: 'on_call', since: '2026-11-22T09:03:00+08:00' }),
]
const rows = seatRows([station(1), station(2), station(3)], people, day)
const names = (list: ReturnType<typeof seatRows>): (string | null)[] => list.map((row) => row.agent?.name ?? null)

describe('seats of the board', () => {
  it('shows every phone, who sits there, and people without a phone at the end', () => {
    expect(names(rows)).toEqual(['李强', '王芳', null, '赵敏'])
    expect(rows.map((row) => row.talked)).toEqual([0, 3, 0, 0])
  })

  it('shows one queue or one team; who belongs to no queue serves all', () => {
    expect(names(filtered(rows, { queues: [], team: null }, day))).toHaveLength(4)
    expect(names(filtered(rows, { queues: ['repair'], team: null }, day))).toEqual(['王芳', '赵敏'])
    expect(names(filtered(rows, { queues: [], team: 7 }, day))).toEqual(['王芳'])
    expect(names(filtered(rows, { queues: ['bill'], team: 7 }, day))).toEqual([])
  })

  it('sorts by what people ask for, empty seats last', () => {
    const since = (agent: AgentView): string => agent.since
    expect(names(sorted(rows, 'state', false, since))).toEqual(['赵敏', '王芳', '李强', null])
    expect(names(sorted(rows, 'since', false, since))).toEqual(['李强', '赵敏', '王芳', null])
    expect(names(sorted(rows, 'since', true, since))).toEqual(['王芳', '赵敏', '李强', null])
    expect(names(sorted(rows, 'talked', false, since))[0]).toBe('王芳')
    expect(names(sorted(rows, 'seat', false, since))).toEqual(names(rows))
  })
})
