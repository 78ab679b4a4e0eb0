import { describe, expect, it } from 'vitest'
import { Framer, FRAME_SAMPLES, fromPcm16, JitterBuffer, packAudio, Resampler, toPcm16, unpackAudio } from './pcm'

function sine(hz: number, rateHz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: Math.round(rateHz * seconds) }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rateHz))
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
}

/** Power of one frequency, by correlation. */
function levelAt(hz: number, rateHz: number, samples: Float32Array): number {
  let re = 0
  let im = 0
  samples.forEach((sample, n) => {
    re += sample * Math.cos((2 * Math.PI * hz * n) / rateHz)
    im += sample * Math.sin((2 * Math.PI * hz * n) / rateHz)
  })
  return (2 * Math.hypot(re, im)) / samples.length
}

function inChunks(resampler: Resampler, samples: Float32Array, size: number): Float32Array {
  const parts: number[] = []
  for (let at = 0; at < samples.length; at += size) parts.push(...resampler.process(samples.subarray(at, at + size)))
  return Float32Array.from(parts)
}

describe('Resampler', () => {
  for (const rate of [48000, 44100, 16000]) {
    it(`brings a 1 kHz tone from ${rate} Hz to 8 kHz unchanged in pitch and level`, () => {
      const out = inChunks(new Resampler(rate, 8000), sine(1000, rate, 1), 128)
      expect(Math.abs(out.length - 8000)).toBeLessThan(40)
      expect(levelAt(1000, 8000, out.slice(400))).toBeCloseTo(1, 1)
      expect(rms(out.slice(400))).toBeCloseTo(Math.SQRT1_2, 2)
    })
  }

  it('keeps what a telephone line cannot carry out of it: 6 kHz does not fold to 2 kHz', () => {
    const out = inChunks(new Resampler(48000, 8000), sine(6000, 48000, 0.5), 128)
    expect(rms(out.slice(400))).toBeLessThan(0.003)
  })

  it('raises 8 kHz to 48 kHz without images', () => {
    const out = inChunks(new Resampler(8000, 48000), sine(1000, 8000, 0.5), FRAME_SAMPLES).slice(3000)
    expect(levelAt(1000, 48000, out)).toBeCloseTo(1, 1)
    expect(levelAt(7000, 48000, out)).toBeLessThan(0.003)
  })

  it('gives the same samples however the stream is cut', () => {
    const input = sine(700, 44100, 0.2)
    const small = inChunks(new Resampler(44100, 8000), input, 100)
    const large = inChunks(new Resampler(44100, 8000), input, 4410)
    expect(small.length).toBe(large.length)
    small.forEach((sample, n) => expect(sample).toBeCloseTo(large[n] as number, 5))
  })
})

describe('audio messages', () => {
  it('carry the phone name and little-endian samples both ways', () => {
    const message = packAudio('out-1', Int16Array.of(1, -2, 32767, -32768))
    expect([...new Uint8Array(message).slice(0, 8)]).toEqual([5, ...[...'out-1'].map((c) => c.charCodeAt(0)), 1, 0])
    expect(unpackAudio(message)).toEqual({ phone: 'out-1', pcm: Int16Array.of(1, -2, 32767, -32768) })
  })

  it('refuses a message shorter than its name', () => {
    expect(() => unpackAudio(Uint8Array.of(9, 65).buffer)).toThrow(RangeError)
  })

  it('clips instead of wrapping round', () => {
    expect([...toPcm16(Float32Array.of(2, -2, 0))]).toEqual([32767, -32767, 0])
    expect(fromPcm16(Int16Array.of(-32768))[0]).toBe(-1)
  })
})

describe('Framer', () => {
  it('cuts frames of 160 samples and keeps the rest for the next push', () => {
    const framer = new Framer()
    expect(framer.push(new Int16Array(100))).toHaveLength(0)
    const frames = framer.push(Int16Array.from({ length: 240 }, (_, n) => n))
    expect(frames.map((frame) => frame.length)).toEqual([160, 160])
    expect(frames[1]?.[0]).toBe(60)
  })
})

describe('JitterBuffer', () => {
  it('waits until the target is reached, then plays in order', () => {
    const buffer = new JitterBuffer(1000, 0.08, 0.24)
    const out = new Float32Array(40)
    buffer.push(new Float32Array(79).fill(0.5))
    buffer.pull(out)
    expect(out.every((sample) => sample === 0)).toBe(true)
    buffer.push(new Float32Array(1).fill(0.5))
    buffer.pull(out)
    expect(out.every((sample) => sample === 0.5)).toBe(true)
    expect(buffer.heldSamples).toBe(40)
  })

  it('fills up again after it ran dry, with silence meanwhile', () => {
    const buffer = new JitterBuffer(1000, 0.08, 0.24)
    const out = new Float32Array(100)
    buffer.push(new Float32Array(80).fill(1))
    buffer.pull(out)
    expect(out[79]).toBe(1)
    expect(out[80]).toBe(0)
    buffer.push(new Float32Array(20).fill(1))
    buffer.pull(out)
    expect(out[0]).toBe(0)
  })

  it('never holds more than the limit: old audio is dropped, delay stays bounded', () => {
    const buffer = new JitterBuffer(1000, 0.08, 0.24)
    for (let n = 0; n < 50; n += 1) buffer.push(new Float32Array(20).fill(n))
    expect(buffer.heldSamples).toBeLessThanOrEqual(240)
    const out = new Float32Array(buffer.heldSamples)
    buffer.pull(out)
    expect(out[out.length - 1]).toBe(49)
  })
})
