/** Recordings of terminal sessions: asciicast version 2. */

export interface CastEvent {
  at_s: number
  kind: 'o' | 'i' | 'r'
  text: string
}

export interface Cast {
  columns: number
  rows: number
  events: CastEvent[]
  length_s: number
}

/** Reads a recording; lines that are none (the last one of a torn recording) are passed over. */
export function readLines(text: string): Cast {
  const [first = '', ...rest] = text.split('\n')
  const header = parsed(first) as { width?: number; height?: number } | null
  const events: CastEvent[] = []
  for (const line of rest) {
    const item = parsed(line)
    if (Array.isArray(item) && typeof item[0] === 'number' && ['o', 'i', 'r'].includes(item[1] as string) && typeof item[2] === 'string')
      events.push({ at_s: item[0], kind: item[1] as CastEvent['kind'], text: item[2] })
  }
  return { columns: header?.width ?? 80, rows: header?.height ?? 24, events, length_s: events.at(-1)?.at_s ?? 0 }
}

export interface TypedLine {
  at_s: number
  text: string
}

const NAMED: Record<string, string> = { '\x03': '^C', '\x04': '^D', '\x1a': '^Z', '\t': '⇥', '\x7f': '⌫', '\b': '⌫' }

/** What was typed, a line for each Enter; keys that show no letter are named. */
export function typedLines(cast: Cast): TypedLine[] {
  const lines: TypedLine[] = []
  let text = ''
  let since = 0
  const finish = (): void => {
    if (text) lines.push({ at_s: since, text })
    text = ''
  }
  for (const event of cast.events) {
    if (event.kind !== 'i') continue
    // Cursor keys and the like: ESC [ … letter.
    for (const sign of event.text.replace(/\x1b(\[[0-9;]*[A-Za-z~]|O[A-Z])/g, '⎋')) {
      if (!text) since = event.at_s
      if (sign === '\r' || sign === '\n') finish()
      else text += NAMED[sign] ?? (sign < ' ' ? `^${String.fromCharCode(sign.charCodeAt(0) + 64)}` : sign)
    }
  }
  finish()
  return lines
}

/** Waiting longer than `most_s` is cut: where each event lies when it is replayed. */
export function playTimes(cast: Cast, most_s = 2): number[] {
  let at = 0
  let before = 0
  return cast.events.map((event) => {
    at += Math.min(event.at_s - before, most_s)
    before = event.at_s
    return at
  })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
