import { expect, it } from 'vitest'
import type { Network } from '@/api/network'
import { beginChange, followed, isSettled, secondsLeft } from './change'

const heard = (phase: Network['phase'], left_s: number | null = null): Network => ({
  managed: true, interfaces: ['eth0'], name: 'hotlinebox-3f2a.local', addresses: [], phase, wanted: null, in_force: null, left_s, text: '',
})

it('counts down by itself when the box is not heard any more', () => {
  const change = beginChange('t', 120, 1000)
  expect([1000, 61_000, 121_000, 500_000].map((now) => secondsLeft(change, now))).toEqual([120, 60, 0, 0])
})

it('goes by what the box says as long as it is heard', () => {
  const change = followed(beginChange('t', 120, 0), heard('waiting', 90), 1000)
  expect(change && secondsLeft(change, 1000)).toBe(90)
})

it('does not take the end of the change before for its own', () => {
  const change = beginChange('t', 120, 0)
  expect(followed(change, heard('kept'), 2000)).toBe(change)
  expect(followed(change, heard('returned'), 130_000)).toBeNull()
})

it('is over as soon as it was kept, put back or refused', () => {
  for (const phase of ['kept', 'returned', 'idle'] as const) {
    const waiting = followed(beginChange('t', 120, 0), heard('waiting', 119), 1000)
    expect(waiting && followed(waiting, heard(phase), 3000)).toBeNull()
  }
})

it('lets nobody confirm what is not set yet', () => {
  const change = beginChange('t', 120, 0)
  expect(isSettled(change, 2000)).toBe(false)
  expect(isSettled(change, 6000)).toBe(true)
  const waiting = followed(change, heard('waiting', 119), 1000)
  expect(waiting && isSettled(waiting, 1000)).toBe(true)
})
