import { describe, expect, it } from 'vitest'
import { idleNots, toForm, without } from './fill'
import { CONDITIONS, emptyForm, toSearch, type CallSearch } from './search'

const FULL: CallSearch = {
  time_span: { since: '2026-11-01T00:00:00', until: '2026-11-02T23:59:59', day_from: '22:00', day_until: '06:00', weekdays: [1, 6], day_kinds: ['holiday'], not: true },
  direction: { values: ['inbound'] },
  result: { values: ['busy'], not_talked: true },
  talk_sec: { min: 0, max: 30, not: true },
  wait_sec: { min: 60 },
  peer_number: { match: 'ends', numbers: ['139', '0562'] },
  line: { values: [2], not: true },
  agent: { agents: ['1001'], units: [3] },
  queue: { values: ['repair'] },
  ivr_path: { steps: [{ flow: 'main', node: 'menu', digits: '2' }, { flow: 'night' }, { node: 'menu' }, { digits: '0' }] },
  transfer: { kinds: ['external'], target: '139', none: true },
  reason: { values: [3, 7], none: true },
  summary: { match: 'any', words: '没信号 机顶盒', not: true },
  customer: { match: 'equal', field: 'name', text: '张' },
  cust_class: { statuses: ['欠费'], levels: ['重要'], areas: ['城南'] },
  recording: { values: ['yes'], reasons: ['disk'] },
  voicemail: { values: ['new'], for: ['public'] },
  rating: { values: ['unrated'] },
  ticket: { present: true, numbers: ['T1'], kinds: ['报修'], statuses: ['待派'], overdue: true, repeated: true },
}

describe('toForm', () => {
  it('fills in every condition so that the same search comes out again', () => {
    expect(Object.keys(FULL)).toEqual([...CONDITIONS])
    expect(toSearch(toForm(FULL))).toEqual(FULL)
    for (const id of CONDITIONS) expect(toSearch(toForm({ [id]: FULL[id] })), id).toEqual({ [id]: FULL[id] })
  })

  it('knows what the server leaves out because it is the usual', () => {
    expect(toSearch(toForm({ peer_number: { numbers: ['1'] }, summary: { words: 'a' }, customer: { text: 'b' } }))).toEqual({
      peer_number: { match: 'contains', numbers: ['1'] }, summary: { match: 'all', words: 'a' }, customer: { match: 'contains', field: 'any', text: 'b' },
    })
    expect(toSearch(toForm({ peer_number: { match: 'none' }, summary: { match: 'empty' }, customer: { match: 'unknown' } }))).toEqual({
      peer_number: { match: 'none' }, summary: { match: 'empty' }, customer: { match: 'unknown' },
    })
    expect(toForm({ time_span: { since: '2026-11-01', until: '2026-11-01' } }).range?.[1]).toEqual(new Date(2026, 10, 1, 23, 59, 59))
    expect(toForm({})).toEqual(emptyForm())
  })
})

it('takes one condition away', () => {
  expect(Object.keys(without(FULL, 'line'))).toEqual(CONDITIONS.filter((id) => id !== 'line'))
})

it('tells of a "not" that turns nothing round', () => {
  const form = toForm({ line: { values: [1], not: true } })
  form.not.queue = true
  expect(idleNots(form, toSearch(form))).toEqual(['queue'])
})
