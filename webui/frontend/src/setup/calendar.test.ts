import { expect, it } from 'vitest'
import { kindOf, turned, weeksOf, withYear } from './calendar'

const office = { spans: [{ days: [1, 2, 3, 4, 5] }], closed_on: ['2026-10-01'], open_on: ['2026-10-10'] }

it('lays a month out in weeks from Monday', () => {
  const weeks = weeksOf(2026, 10)
  expect(weeks[0]?.slice(0, 4).map((day) => day?.day ?? 0)).toEqual([0, 0, 0, 1])
  expect(weeks.flat().filter(Boolean)).toHaveLength(31)
  expect(weeksOf(2026, 2)[0]?.[6]).toEqual({ date: '2026-02-01', day: 1, weekday: 7 })
})

it('says what a day is', () => {
  const kinds = weeksOf(2026, 10).flat().map((day) => day && kindOf(day, office))
  const of = (day: number): unknown => kinds[weeksOf(2026, 10).flat().findIndex((one) => one?.day === day)]
  expect([of(1), of(2), of(3), of(10)]).toEqual(['holiday', 'open', 'closed', 'makeUp'])
})

it('turns a day to closed, to open, and back', () => {
  let now = { ...office, ...turned('2026-10-05', office) }
  expect(now.closed_on).toEqual(['2026-10-01', '2026-10-05'])
  now = { ...now, ...turned('2026-10-05', now) }
  expect([now.closed_on, now.open_on]).toEqual([['2026-10-01'], ['2026-10-05', '2026-10-10']])
  now = { ...now, ...turned('2026-10-05', now) }
  expect([now.closed_on, now.open_on]).toEqual([['2026-10-01'], ['2026-10-10']])
})

it('replaces one year and leaves the others', () => {
  expect(withYear({ ...office, closed_on: ['2025-10-01', '2026-10-01'] }, 2026, ['2026-05-01'], [])).toEqual({
    closed_on: ['2025-10-01', '2026-05-01'], open_on: [],
  })
})
