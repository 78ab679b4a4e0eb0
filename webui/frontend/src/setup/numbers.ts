/** Telephone numbers out of what people paste. Pure; the box brings them into its own spelling. */

export interface ListNote {
  number: string
  text: string
  until: string | null
}

export interface Pasted {
  rows: ListNote[]
  /** Lines that hold no number, with their number in the text. */
  bad: { line: number; text: string }[]
}

const NUMBER = /^[+0-9０-９][\d０-９\s\-()（）－—–]*\*?$/
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** One entry a line: a number, then a note and a last day in any order, separated by tab, comma or semicolon. */
export function parsePasted(text: string): Pasted {
  const rows: ListNote[] = []
  const bad: { line: number; text: string }[] = []
  text.split(/\r\n|\r|\n/).forEach((raw, index) => {
    const cells = raw.split(/[\t,，;；]/).map((cell) => cell.trim()).filter(Boolean)
    const [first] = cells
    if (!first) return
    const number = plain(first)
    if (!NUMBER.test(first) || !/^\d{1,20}\*?$/.test(number)) {
      bad.push({ line: index + 1, text: raw.trim().slice(0, 40) })
      return
    }
    const until = cells.slice(1).find((cell) => DATE.test(cell)) ?? null
    rows.push({ number, text: cells.slice(1).filter((cell) => cell !== until).join(' ').slice(0, 100), until })
  })
  return { rows, bad }
}

export function plain(number: string): string {
  return number.normalize('NFKC').replace(/[\s\-()（）—–]/g, '').replace(/^\+/, '')
}
