import { describe, expect, it } from 'vitest'
import { agentView } from '@/live/examples'
import type { StationView } from '@/live/messages'
import { allTargets, isNumber, known, matches, presenceOf, type Surroundings } from './targets'

const station = (seat: string, state: StationView['state'] = 'on_hook'): StationView => ({ station: `80${seat}`, seat, label: '', state, call_id: null, agent: null, fault: '' })
const around: Surroundings = {
  plan: {
    seats: ['1', '2', '3', '4'].map((seat) => ({ seat, station: `80${seat}`, label: `座席 ${seat}` })),
    queues: [{ id: 'repair', label: '报修' }], lines: [], flows: [{ id: 'main', label: '主流程', version: 1, nodes: [] }], boxes: [],
  },
  agents: [agentView(), agentView({ agent: '1002', name: '李敏', seat: '2', state: 'on_call' }), agentView({ agent: '1003', name: '张伟', seat: '3' })],
  stations: [station('1'), station('2', 'talking'), station('3'), station('4')],
  queues: [], mySeat: '1', stationWord: (number) => `分机 ${number}`,
}

describe('targets', () => {
  it('leave out the own seat; who is free stands first', () => {
    expect(allTargets(around).map((one) => one.name)).toEqual(['张伟', '座席 4', '李敏', '报修', '主流程'])
  })

  it('are found by name, station or label', () => {
    const find = (typed: string): string[] => allTargets(around).filter((one) => matches(one, typed)).map((one) => one.target)
    expect([find('李'), find('803'), find('报 修')]).toEqual([['2'], ['3'], ['repair']])
  })

  it('say whether there is any use in calling', () => {
    expect(presenceOf(agentView(), station('1', 'off_hook'))).toBe('busy')
    expect(presenceOf(agentView({ status: 'on_break' }), station('1'))).toBe('break')
    expect(presenceOf(null, station('1'))).toBe('away')
    expect(presenceOf(agentView(), station('1', 'out_of_service'))).toBe('fault')
  })

  it('favourites that the plan lost are left out, outside numbers stay', () => {
    const found = known([{ to: 'queue', target: 'gone' }, { to: 'seat', target: '2' }, { to: 'outside', target: '13905620001', label: '维修站' }], allTargets(around))
    expect(found.map((one) => [one.name, one.about])).toEqual([['李敏', '分机 802'], ['13905620001', '维修站']])
  })

  it('knows what can be dialled', () => {
    expect(['139 0562 0001', '96599', '0562-2812345'].every(isNumber)).toBe(true)
    expect(['李敏', '80', ''].some(isNumber)).toBe(false)
  })
})
