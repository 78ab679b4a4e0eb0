/** How many messages a text costs, as the box counts them (3GPP TS 23.038, TS 23.040). */

const BASIC = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const EXTENDED = '\f^{}\\[~]|€'

export interface Size {
  /** Units used: letters, of which some count double. */
  units: number
  parts: number
  /** How many units fit into as many parts. */
  room: number
}

/** The text as it will be sent; a letter of two units is never cut in two. */
export function sizeOf(text: string): Size {
  const letters = [...text]
  const latin = letters.every((letter) => BASIC.includes(letter) || EXTENDED.includes(letter))
  const [single, part] = latin ? [160, 153] : [70, 67]
  const costs = letters.map((letter) => (latin ? (EXTENDED.includes(letter) ? 2 : 1) : letter.length))
  const units = costs.reduce((sum, cost) => sum + cost, 0)
  if (units <= single) return { units, parts: units ? 1 : 0, room: single }
  let parts = 1
  let used = 0
  for (const cost of costs) {
    if (used + cost > part) {
      parts += 1
      used = 0
    }
    used += cost
  }
  return { units, parts, room: parts * part }
}
