/** Where nobody speaks in a recording. */

export interface Silence {
  fromS: number
  untilS: number
}

const WINDOW_S = 0.05
const LEAST_S = 2
/** Left at both ends, so that no word is cut. */
const MARGIN_S = 0.25
/** About -46 dBFS: above the noise of a telephone line, below soft speech. */
const LOUD = 0.005

/** Stretches in which all channels stay quiet for more than two seconds, their ends drawn in a little. */
export function silences(channels: readonly Float32Array[], rate: number): Silence[] {
  const size = Math.max(1, Math.round(WINDOW_S * rate))
  const windows = Math.floor((channels[0]?.length ?? 0) / size)
  const found: Silence[] = []
  let began = -1
  for (let at = 0; at <= windows; at += 1) {
    const quiet = at < windows && channels.every((samples) => loudness(samples, at * size, size) < LOUD)
    if (quiet && began < 0) began = at
    if (quiet || began < 0) continue
    const fromS = (began * size) / rate + MARGIN_S
    const untilS = (at * size) / rate - MARGIN_S
    if (untilS - fromS > LEAST_S - 2 * MARGIN_S) found.push({ fromS, untilS })
    began = -1
  }
  return found
}

/** Root mean square. */
function loudness(samples: Float32Array, from: number, size: number): number {
  let sum = 0
  for (let at = from; at < from + size; at += 1) sum += (samples[at] ?? 0) ** 2
  return Math.sqrt(sum / size)
}
