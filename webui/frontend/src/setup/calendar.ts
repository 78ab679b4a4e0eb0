/** Days of a year for the holiday calendar. Pure. */

export type DayKind = 'open' | 'closed' | 'holiday' | 'makeUp'

export interface Day {
  date: string
  day: number
  /** 1 Monday … 7 Sunday. */
  weekday: number
}

const two = (n: number): string => String(n).padStart(2, '0')
export const isoDate = (year: number, month: number, day: number): string => `${year}-${two(month)}-${two(day)}`

/** Weeks of a month from Monday; null where the week reaches into another month. */
export function weeksOf(year: number, month: number): (Day | null)[][] {
  const days = new Date(year, month, 0).getDate()
  const first = (new Date(year, month - 1, 1).getDay() + 6) % 7
  const cells: (Day | null)[] = Array.from({ length: first }, () => null)
  for (let day = 1; day <= days; day += 1) cells.push({ date: isoDate(year, month, day), day, weekday: ((first + day - 1) % 7) + 1 })
  while (cells.length % 7) cells.push(null)
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7))
}

export interface Office {
  spans: readonly { days: readonly number[] }[]
  closed_on: readonly string[]
  open_on: readonly string[]
}

/** What a day is for the office: the dates of its own go before the week. */
export function kindOf(day: Day, office: Office): DayKind {
  if (office.closed_on.includes(day.date)) return 'holiday'
  if (office.open_on.includes(day.date)) return 'makeUp'
  return office.spans.some((span) => span.days.includes(day.weekday)) ? 'open' : 'closed'
}

/** The next kind when a day is clicked: as the week says, closed, open, and as the week says again. */
export function turned(date: string, office: Office): { closed_on: string[]; open_on: string[] } {
  const without = (days: readonly string[]): string[] => days.filter((day) => day !== date)
  const closed = without(office.closed_on)
  const open = without(office.open_on)
  if (office.closed_on.includes(date)) return { closed_on: closed, open_on: [...open, date].sort() }
  if (office.open_on.includes(date)) return { closed_on: closed, open_on: open }
  return { closed_on: [...closed, date].sort(), open_on: open }
}

/** The dates of the year replaced by those of the calendar; other years stay. */
export function withYear(office: Office, year: number, closed: readonly string[], open: readonly string[]): { closed_on: string[]; open_on: string[] } {
  const others = (days: readonly string[]): string[] => days.filter((day) => !day.startsWith(`${year}-`))
  return { closed_on: [...others(office.closed_on), ...closed].sort(), open_on: [...others(office.open_on), ...open].sort() }
}
