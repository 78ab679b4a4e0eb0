/**
 * What the box itself says, in another language.
 *
 * The server makes its sentences in Chinese, wherever they come from: a refusal of the engine, an alarm of last week,
 * the help of a node. A phrase book knows each of them as it stands in the source, with `{0}`, `{1}` where values are.
 * What stands between “ and ” is somebody's own word and stays; other values may be phrases themselves.
 */

export type Phrases = Readonly<Record<string, string>>

interface Pattern {
  parts: RegExp
  /** For every value: whether it stands in quotes. */
  quoted: readonly boolean[]
  words: string
  /** Characters that have to be there: the more, the surer. */
  weight: number
}

const CHINESE = /[\u4e00-\u9fff]/
const HOLE = /\{(\d+)\}/g
/** Ends of the pieces that a text is made of, each with how it is written between English words. */
const STOPS = { '。': '. ', '；': '; ', '，': ', ', '、': ', ', '：': ': ', '（': ' (', '）': ')' } as const
export type Stop = keyof typeof STOPS

const STOP = new RegExp(`(?<=[${Object.keys(STOPS).join('')}])|(?=[${Object.keys(STOPS).join('')}])`)
const MOST_KNOWN = 2000

function patternOf(phrase: string, words: string): Pattern {
  const pieces = phrase.split(/\{\d+\}/)
  const source = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('([^]*?)')
  return {
    parts: new RegExp(`^${source}$`),
    quoted: pieces.slice(1).map((after, hole) => pieces[hole]?.endsWith('“') === true && after.startsWith('”')),
    words,
    weight: pieces.join('').length,
  }
}

export class PhraseBook {
  private readonly patterns: Pattern[]
  private readonly known = new Map<string, string>()

  constructor(private readonly phrases: Phrases) {
    this.patterns = Object.entries(phrases)
      .filter(([phrase]) => phrase.includes('{0}'))
      .map(([phrase, words]) => patternOf(phrase, words))
      .sort((left, right) => right.weight - left.weight)
  }

  /** The text in the language of the book; what it does not know stays as it is. */
  said(text: string): string {
    if (!CHINESE.test(text)) return text
    let words = this.known.get(text)
    if (words === undefined) {
      words = this.whole(text) ?? this.inPieces(text)
      if (this.known.size >= MOST_KNOWN) this.known.clear()
      this.known.set(text, words)
    }
    return words
  }

  stop(mark: Stop): string {
    return STOPS[mark]
  }

  private whole(text: string): string | undefined {
    if (Object.hasOwn(this.phrases, text)) return this.phrases[text]
    for (const { parts, quoted, words } of this.patterns) {
      const found = parts.exec(text)
      if (found) return words.replace(HOLE, (_, hole: string) => this.value(found[Number(hole) + 1] ?? '', quoted[Number(hole)] === true))
    }
    return undefined
  }

  private value(text: string, quoted: boolean): string {
    return quoted ? text : this.said(text)
  }

  /** Several sentences in a row, or a list: the longest runs that are known, one after the other. */
  private inPieces(text: string): string {
    const pieces = text.split(STOP)
    let words = ''
    for (let at = 0; at < pieces.length; ) {
      let end = pieces.length - (at === 0 ? 1 : 0)
      let run: string | undefined
      for (; end > at; end--) {
        run = this.whole(pieces.slice(at, end).join(''))
        if (run !== undefined) break
      }
      const piece = pieces[at] as string
      words += run ?? (STOPS as Phrases)[piece] ?? piece
      if (run !== undefined && end < pieces.length && /[.!?]$/.test(run)) words += ' '
      at = run === undefined ? at + 1 : end
    }
    return words.trim()
  }
}
