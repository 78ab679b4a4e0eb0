import { expect, it } from 'vitest'
import { clockLength, dayAndTime, localIso, megabytes, timeOfDay } from './format'

it('writes lengths like a clock', () => {
  expect([0, 7, 61, 599.6, 3725].map(clockLength)).toEqual(['0:00', '0:07', '1:01', '10:00', '1:02:05'])
})

it('shows the time of the box, not of the browser', () => {
  expect(dayAndTime('2026-11-22T09:05:07+08:00', 2026)).toBe('11-22 09:05:07')
  expect(dayAndTime('2025-01-02T23:59:59-03:00', 2026)).toBe('2025-01-02 23:59:59')
  expect(dayAndTime(null)).toBe('')
  expect(timeOfDay('2026-11-22T09:05:07.123+08:00')).toBe('09:05:07')
})

it('writes sizes and local times', () => {
  expect([310.4, 2457.6].map(megabytes)).toEqual(['310 MB', '2.4 GB'])
  expect(localIso(new Date(2026, 10, 2, 3, 4, 5))).toBe('2026-11-02T03:04:05')
})
