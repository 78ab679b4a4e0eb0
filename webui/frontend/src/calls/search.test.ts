import { describe, expect, it } from 'vitest'
import { CONDITIONS, emptyForm, toSearch, type SearchForm } from './search'

const search = (filled: Partial<SearchForm>) => toSearch({ ...emptyForm(), ...filled })

describe('toSearch', () => {
  it('knows 19 conditions and sends none of them from an empty form', () => {
    expect(CONDITIONS).toHaveLength(19)
    expect(toSearch(emptyForm())).toEqual({})
  })

  it('ignores "not" on a condition that is empty', () => {
    const form = emptyForm()
    for (const id of CONDITIONS) form.not[id] = true
    expect(toSearch(form)).toEqual({})
  })

  it('fills every condition in the shape the server takes', () => {
    const filled: Partial<SearchForm> = {
      range: [new Date(2026, 10, 1), new Date(2026, 10, 2, 23, 59, 59)], dayFrom: '22:00', dayUntil: '06:00', weekdays: [6, 1], dayKinds: ['holiday'],
      directions: ['inbound'], results: ['not_talked'], talk: { min: 0, max: 30 }, wait: { min: 60, max: null },
      numbers: '139, 0562 120', lines: [2], agents: ['1001'], queues: ['repair'], steps: [{ node: 'main/menu', digits: '2' }, { node: '', digits: '' }],
      transfers: ['external'], transferTarget: '139', reasons: [3, 7], words: '没信号 机顶盒', customerField: 'name', customerText: '张',
      statuses: ['欠费'], recordings: ['yes'], recordingReasons: ['disk'], voicemails: ['new'], voicemailFor: ['public'], ratings: ['unrated'], ticketPresent: 'no',
    }
    const found = search(filled)
    expect(Object.keys(found)).toEqual([...CONDITIONS])
    expect(found).toEqual({
      time_span: { since: '2026-11-01T00:00:00', until: '2026-11-02T23:59:59', day_from: '22:00', day_until: '06:00', weekdays: [1, 6], day_kinds: ['holiday'] },
      direction: { values: ['inbound'] },
      result: { not_talked: true },
      talk_sec: { min: 0, max: 30 },
      wait_sec: { min: 60 },
      peer_number: { match: 'contains', numbers: ['139', '0562', '120'] },
      line: { values: [2] },
      agent: { agents: ['1001'] },
      queue: { values: ['repair'] },
      ivr_path: { steps: [{ flow: 'main', node: 'menu', digits: '2' }] },
      transfer: { kinds: ['external'], target: '139' },
      reason: { values: [3, 7] },
      summary: { match: 'all', words: '没信号 机顶盒' },
      customer: { match: 'contains', field: 'name', text: '张' },
      cust_class: { statuses: ['欠费'] },
      recording: { values: ['yes'], reasons: ['disk'] },
      voicemail: { values: ['new'], for: ['public'] },
      rating: { values: ['unrated'] },
      ticket: { present: false },
    })
  })

  it('turns a filled condition round', () => {
    const form = { ...emptyForm(), lines: [1] }
    form.not.line = true
    expect(toSearch(form)).toEqual({ line: { values: [1], not: true } })
  })

  it('takes the choices that need no value', () => {
    expect(search({ numberMatch: 'none', numbers: '139' })).toEqual({ peer_number: { match: 'none' } })
    expect(search({ wordMatch: 'empty', words: 'x' })).toEqual({ summary: { match: 'empty' } })
    expect(search({ customerMatch: 'unknown', customerText: 'x' })).toEqual({ customer: { match: 'unknown' } })
    expect(search({ reasons: [0] })).toEqual({ reason: { none: true } })
    expect(search({ transfers: ['none'] })).toEqual({ transfer: { none: true } })
  })

  it('keeps zero as a bound and drops blanks', () => {
    expect(search({ talk: { min: 0, max: null } })).toEqual({ talk_sec: { min: 0 } })
    expect(search({ words: '  ', numbers: ' ，', customerText: ' ' })).toEqual({})
  })
})
