import { expect, it } from 'vitest'
import { COLUMNS, columnOf, firstColumns, moved, shownColumns, windowOf, withinWidth } from './columns'
import { silences } from './silence'

const ids = (columns: { id: string }[]): string => columns.map((column) => column.id).join(' ')
const three = ['started_at', 'result', 'line'].map((id) => ({ id, width_px: 100 }))

it('shows what a person has kept, and something in any case', () => {
  expect(new Set(COLUMNS.map((column) => column.id)).size).toBe(COLUMNS.length)
  expect(shownColumns([])).toEqual(firstColumns())
  expect(ids(shownColumns([{ id: 'gone', width_px: 90 }, ...three]))).toBe('started_at result line')
  expect(shownColumns([{ id: 'gone', width_px: 90 }])).toEqual(firstColumns())
  expect(columnOf('talk_s').right).toBe(true)
})

it('moves a column before another', () => {
  expect(ids(moved(three, 'line', 'started_at'))).toBe('line started_at result')
  expect(ids(moved(three, 'started_at', 'line'))).toBe('result started_at line')
  expect(ids(moved(three, 'started_at', null))).toBe('result line started_at')
  expect(ids(moved(three, 'result', 'result'))).toBe('started_at result line')
  expect(ids(moved(three, 'nothing', 'result'))).toBe('started_at result line')
})

it('keeps columns wide enough to grab', () => {
  expect([withinWidth(3), withinWidth(120.4), withinWidth(9000)]).toEqual([48, 120, 600])
})

it('has only the rows in view', () => {
  expect(windowOf(0, 400, 40, 10_000)).toEqual([0, 18])
  expect(windowOf(40_000, 400, 40, 10_000)).toEqual([992, 1018])
  expect(windowOf(400_000, 400, 40, 10_000)).toEqual([9992, 10_000])
  expect(windowOf(40_000, 400, 40, 3)).toEqual([3, 3])
  expect(windowOf(0, 400, 40, 0)).toEqual([0, 0])
})

it('finds where nobody speaks on either side', () => {
  const rate = 1000
  const speech = (...spoken: [number, number][]): Float32Array =>
    Float32Array.from({ length: 12 * rate }, (_, at) => (spoken.some(([from, until]) => at >= from * rate && at < until * rate) ? 0.2 * (at % 2 ? 1 : -1) : 0.001))
  const left = speech([0, 2], [6, 7])
  const right = speech([2, 3], [8, 12])
  expect(silences([left, right], rate)).toEqual([{ fromS: 3.25, untilS: 5.75 }])
  expect(silences([left], rate).map((one) => one.fromS)).toEqual([2.25, 7.25])
  expect(silences([], rate)).toEqual([])
})
