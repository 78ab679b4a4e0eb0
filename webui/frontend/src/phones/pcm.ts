/** Telephone audio in the browser: frames of the `/phones` socket, rate conversion, jitter. Pure, runs in worklets too. */

export const LINE_RATE_HZ = 8000
/** 20 ms at 8 kHz. */
export const FRAME_SAMPLES = 160

const PHASES = 128
/** Zero crossings of the filter on each side: about 60 dB beyond the telephone band. */
const LOBES = 16
/** Pass band as a share of the lower rate's half: 3.4 kHz of 4 kHz stays whole. */
const CUTOFF = 0.9

/** Streaming rate conversion by a Blackman-windowed sinc; no aliases of the microphone's upper band on the line. */
export class Resampler {
  private readonly step: number
  private readonly reach: number
  private readonly table: Float32Array[]
  private past: Float32Array
  /** Where the next output sample lies, in input samples from the start of `past`. */
  private at: number

  constructor(fromHz: number, toHz: number) {
    this.step = fromHz / toHz
    const stretch = Math.max(1, this.step)
    this.reach = Math.ceil(LOBES * stretch)
    this.table = Array.from({ length: PHASES + 1 }, (_, phase) => taps(phase / PHASES, this.reach, CUTOFF / stretch))
    this.past = new Float32Array(2 * this.reach)
    this.at = this.reach
  }

  process(input: Float32Array): Float32Array {
    const all = new Float32Array(this.past.length + input.length)
    all.set(this.past)
    all.set(input, this.past.length)
    const count = Math.max(0, Math.ceil((all.length - this.reach - this.at) / this.step))
    const output = new Float32Array(count)
    for (let n = 0; n < count; n += 1) {
      output[n] = this.sample(all)
      this.at += this.step
    }
    const used = Math.min(all.length, Math.floor(this.at) - this.reach)
    this.past = all.slice(used)
    this.at -= used
    return output
  }

  private sample(all: Float32Array): number {
    const whole = Math.floor(this.at)
    const filter = this.table[Math.round((this.at - whole) * PHASES)] as Float32Array
    const first = whole - this.reach + 1
    let sum = 0
    for (let k = 0; k < filter.length; k += 1) sum += (filter[k] as number) * (all[first + k] ?? 0)
    return sum
  }
}

function taps(fraction: number, reach: number, cutoff: number): Float32Array {
  const filter = new Float32Array(2 * reach)
  let total = 0
  for (let k = 0; k < filter.length; k += 1) {
    const distance = k - reach + 1 - fraction
    const x = Math.PI * distance * cutoff
    const sinc = x === 0 ? 1 : Math.sin(x) / x
    const turn = (Math.PI * distance) / reach
    const window = Math.abs(distance) >= reach ? 0 : 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn)
    filter[k] = sinc * window
    total += filter[k] as number
  }
  return filter.map((tap) => tap / total)
}

export function toPcm16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32767))
}

export function fromPcm16(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32768)
}

/** `/phones` binary message: one byte length of the phone's name, the name, 16-bit little-endian PCM at 8 kHz. */
export function packAudio(phone: string, pcm: Int16Array): ArrayBuffer {
  const name = new TextEncoder().encode(phone)
  const message = new ArrayBuffer(1 + name.length + 2 * pcm.length)
  const view = new DataView(message)
  view.setUint8(0, name.length)
  new Uint8Array(message).set(name, 1)
  pcm.forEach((sample, n) => view.setInt16(1 + name.length + 2 * n, sample, true))
  return message
}

export function unpackAudio(message: ArrayBuffer): { phone: string; pcm: Int16Array } {
  const view = new DataView(message)
  const nameLength = view.byteLength ? view.getUint8(0) : 0
  if (view.byteLength < 1 + nameLength) throw new RangeError('phone audio message shorter than its name')
  const phone = new TextDecoder().decode(new Uint8Array(message, 1, nameLength))
  const start = 1 + nameLength
  const pcm = new Int16Array((view.byteLength - start) >> 1)
  for (let n = 0; n < pcm.length; n += 1) pcm[n] = view.getInt16(start + 2 * n, true)
  return { phone, pcm }
}

/** Cuts any stream of samples into frames of 20 ms. */
export class Framer {
  private rest: Int16Array = new Int16Array(0)

  push(samples: Int16Array): Int16Array[] {
    const all = new Int16Array(this.rest.length + samples.length)
    all.set(this.rest)
    all.set(samples, this.rest.length)
    const frames: Int16Array[] = []
    let at = 0
    for (; at + FRAME_SAMPLES <= all.length; at += FRAME_SAMPLES) frames.push(all.slice(at, at + FRAME_SAMPLES))
    this.rest = all.slice(at)
    return frames
  }
}

/** Holds back `targetS` before it plays, drops what lies beyond `mostS`: delay stays bounded, gaps are silence. */
export class JitterBuffer {
  private chunks: Float32Array[] = []
  private held = 0
  private filling = true
  private readonly target: number
  private readonly most: number

  constructor(rateHz: number, targetS = 0.08, mostS = 0.24) {
    this.target = Math.round(rateHz * targetS)
    this.most = Math.round(rateHz * mostS)
  }

  get heldSamples(): number {
    return this.held
  }

  push(samples: Float32Array): void {
    this.chunks.push(samples)
    this.held += samples.length
    if (this.held > this.most) this.drop(this.held - this.target)
    if (this.held >= this.target) this.filling = false
  }

  /** Fills `output`; silence while the buffer fills up again after it ran dry. */
  pull(output: Float32Array): void {
    output.fill(0)
    if (this.filling) return
    const wanted = Math.min(output.length, this.held)
    let at = 0
    while (at < wanted) {
      const chunk = this.chunks[0] as Float32Array
      const part = Math.min(chunk.length, wanted - at)
      output.set(chunk.subarray(0, part), at)
      at += part
      this.take(part)
    }
    if (this.held === 0) this.filling = true
  }

  clear(): void {
    this.chunks = []
    this.held = 0
    this.filling = true
  }

  private drop(count: number): void {
    let left = count
    while (left > 0) {
      const part = Math.min((this.chunks[0] as Float32Array).length, left)
      this.take(part)
      left -= part
    }
  }

  private take(count: number): void {
    const chunk = this.chunks[0] as Float32Array
    this.held -= count
    if (count === chunk.length) this.chunks.shift()
    else this.chunks[0] = chunk.subarray(count)
  }
}
