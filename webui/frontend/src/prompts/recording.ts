/** A microphone's recording as a WAV file of the telephone's own quality: what is heard here is what callers hear. */
import { LINE_RATE_HZ } from '@/phones/pcm'
import { Sound, type MicrophoneState } from '@/phones/sound'

const HEADER_BYTES = 44

export function wavOf(frames: readonly Int16Array[]): Blob {
  const samples = frames.reduce((sum, frame) => sum + frame.length, 0)
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + samples * 2))
  const text = (at: number, word: string): void => [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)))
  text(0, 'RIFF')
  view.setUint32(4, HEADER_BYTES - 8 + samples * 2, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, LINE_RATE_HZ, true)
  view.setUint32(28, LINE_RATE_HZ * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, samples * 2, true)
  let at = HEADER_BYTES
  for (const frame of frames) for (const sample of frame) (view.setInt16(at, sample, true), (at += 2))
  return new Blob([view.buffer], { type: 'audio/wav' })
}

/** Records from `start` until `stop`; `level` is told how loud it is, 0 to 1. */
export class Recording {
  private frames: Int16Array[] = []
  private readonly sound: Sound

  constructor(level: (value: number) => void) {
    this.sound = new Sound((frame) => {
      this.frames.push(frame)
      level(frame.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / 32768)
    })
  }

  static get supported(): boolean {
    return Sound.supported
  }

  start(): Promise<MicrophoneState> {
    this.frames = []
    return this.sound.open()
  }

  get lengthS(): number {
    return this.frames.reduce((sum, frame) => sum + frame.length, 0) / LINE_RATE_HZ
  }

  async stop(): Promise<Blob> {
    const blob = wavOf(this.frames)
    await this.sound.close()
    return blob
  }
}
