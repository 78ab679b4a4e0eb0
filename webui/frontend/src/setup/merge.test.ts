import { expect, it } from 'vitest'
import { merge } from './merge'

const queue = (id: string, ring = 20, label = id) => ({ id, label, ring_s: ring })

it('takes what each changed alone', () => {
  const base = [queue('a'), queue('b')]
  expect(merge(base, [queue('a', 9), queue('b')], [queue('a', 20, '甲'), queue('b', 5), queue('c')])).toEqual({
    value: [queue('a', 9, '甲'), queue('b', 5), queue('c')], clashes: 0,
  })
})

it('counts what both changed differently and keeps mine', () => {
  expect(merge([queue('a')], [queue('a', 9)], [queue('a', 8)])).toEqual({ value: [queue('a', 9)], clashes: 1 })
})

it('lets go what one removed and the other left alone, and says when the other changed it', () => {
  const base = [queue('a'), queue('b')]
  expect(merge(base, [queue('a')], [queue('a', 3), queue('b')])).toEqual({ value: [queue('a', 3)], clashes: 0 })
  expect(merge(base, [queue('a')], [queue('a'), queue('b', 3)]).clashes).toBe(1)
})

it('does not guess within plain lists', () => {
  expect(merge(['x'], ['x', 'y'], ['z'])).toEqual({ value: ['x', 'y'], clashes: 1 })
})
