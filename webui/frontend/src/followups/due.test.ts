import { expect, it } from 'vitest'
import { remaining } from './due'

it('counts the minutes to and since', () => {
  const now = Date.parse('2026-11-22T09:00:00+08:00')
  expect(remaining('2026-11-22T10:05:30+08:00', now)).toEqual({ days: 0, hours: 1, minutes: 5 })
  expect(remaining('2026-11-20T07:59:00+08:00', now)).toEqual({ days: 2, hours: 1, minutes: 1 })
  expect(remaining('', now)).toEqual({ days: 0, hours: 0, minutes: 0 })
})
