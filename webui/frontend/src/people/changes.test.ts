import { expect, test } from 'vitest'
import { changesOf } from './changes'

const json = JSON.stringify

test('only what differs is told', () => {
  expect(changesOf(json({ name: '张三', unit: 1 }), json({ name: '张三', unit: 2 }))).toEqual([{ field: 'unit', before: '1', after: '2' }])
})

test('of lists, what went and what came', () => {
  expect(changesOf(json({ roles: ['agent', 'leader'] }), json({ roles: ['agent', 'manager'] }))).toEqual([{ field: 'roles', before: 'leader', after: 'manager' }])
})

test('something new is told without its empty fields', () => {
  expect(changesOf('', json({ name: '张三', agent: null, roles: [] }))).toEqual([{ field: 'name', before: '', after: '张三' }])
})

test('what is no JSON object is told as it is', () => {
  expect(changesOf('ready', 'on_break 会议')).toEqual([{ field: '', before: 'ready', after: 'on_break 会议' }])
  expect(changesOf('', '')).toEqual([])
})

test('values have their names, however deep they stand', () => {
  const word = (field: string, value: string): string => (field === 'units' ? `班组${value}` : field === '' ? value.toUpperCase() : value)
  const policy = { object: 'call', units: [3, 4] }
  expect(changesOf(json({ units: [1, 2] }), json({ units: [1] }), word)).toEqual([{ field: 'units', before: '班组2', after: '' }])
  expect(changesOf(json({ policies: [] }), json({ policies: [policy] }), word)).toEqual([{ field: 'policies', before: '', after: 'OBJECT=call UNITS=班组3、班组4' }])
})
