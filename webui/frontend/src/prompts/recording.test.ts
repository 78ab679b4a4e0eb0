import { expect, it } from 'vitest'
import { wavOf } from './recording'

it('writes a WAV of 8 kHz, 16 bit, mono', async () => {
  const blob = wavOf([new Int16Array([1, -2]), new Int16Array([300])])
  const view = new DataView(await blob.arrayBuffer())
  const word = (at: number): string => String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)))
  expect([word(0), word(8), word(12), word(36)]).toEqual(['RIFF', 'WAVE', 'fmt ', 'data'])
  expect([view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true), view.getUint32(40, true)]).toEqual([1, 8000, 16, 6])
  expect([44, 46, 48].map((at) => view.getInt16(at, true))).toEqual([1, -2, 300])
  expect(view.getUint32(4, true)).toBe(view.byteLength - 8)
})
