import { Framer, LINE_RATE_HZ, Resampler, toPcm16 } from './pcm'

/** Microphone at the context's rate in, frames of 20 ms at 8 kHz out through the port. */
class Capture extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, LINE_RATE_HZ)
  private readonly framer = new Framer()

  override process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0]
    if (channel) {
      for (const frame of this.framer.push(toPcm16(this.resampler.process(channel)))) {
        this.port.postMessage(frame, [frame.buffer])
      }
    }
    return true
  }
}

registerProcessor('capture', Capture)
