import { fromPcm16, JitterBuffer, LINE_RATE_HZ, Resampler } from './pcm'

/** 8 kHz frames in through the port, the context's rate out, behind a jitter buffer; `null` empties it. */
class Playback extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(LINE_RATE_HZ, sampleRate)
  private readonly buffer = new JitterBuffer(sampleRate)

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<Int16Array | null>) => {
      if (data === null) this.buffer.clear()
      else this.buffer.push(this.resampler.process(fromPcm16(data)))
    }
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0]
    if (output) this.buffer.pull(output)
    return true
  }
}

registerProcessor('playback', Playback)
