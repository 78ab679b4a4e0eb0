/** What a hotline number says about the bureau's area. Pure. */

export interface Hotline {
  /** As it is shown: `0562-96599`. */
  number: string
  /** Empty when the number carries none. */
  area: string
  rest: string
}

/** Three-digit area codes of China: Beijing and the municipalities; all others have four digits. */
const SHORT = /^0(10|2[0-9])/

/** null: no number. */
export function readHotline(text: string): Hotline | null {
  const plain = text.normalize('NFKC').replace(/[()（）\s]/g, '').replace(/[—–]/g, '-')
  if (!/^\d[\d-]{2,18}\d$/.test(plain)) return null
  const [first = '', ...others] = plain.split('-')
  if (others.length && /^0\d{2,3}$/.test(first)) return { number: plain, area: first, rest: others.join('') }
  if (!plain.startsWith('0')) return { number: plain, area: '', rest: plain }
  const digits = plain.replace(/-/g, '')
  const area = digits.slice(0, SHORT.test(digits) ? 3 : 4)
  const rest = digits.slice(area.length)
  return rest.length < 3 ? null : { number: `${area}-${rest}`, area, rest }
}
