import { expect, it } from 'vitest'
import { drift, pageCount, pageOf } from './rotation'

it('shows everything in turn, each page as long', () => {
  const seven = [1, 2, 3, 4, 5, 6, 7]
  expect(pageCount(0, 3)).toBe(1)
  expect(pageCount(7, 3)).toBe(3)
  expect([0, 14, 15, 30, 45].map((second) => pageOf(seven, 3, 15, second))).toEqual([[1, 2, 3], [1, 2, 3], [4, 5, 6], [7], [1, 2, 3]])
  expect(pageOf([], 3, 15, 99)).toEqual([])
})

it('never stands at one place for more than a minute', () => {
  for (let second = 0; second < 3600; second += 60) expect(drift(second, 4)).not.toEqual(drift(second + 60, 4))
})
