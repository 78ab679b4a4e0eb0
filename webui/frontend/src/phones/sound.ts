/** Microphone, loudspeaker and bell of the person at this computer. */
import captureUrl from './capture.worklet.ts?worker&url'
import playbackUrl from './playback.worklet.ts?worker&url'

export type MicrophoneState = 'off' | 'asking' | 'on' | 'refused' | 'missing' | 'unsupported'

const RING_ON_S = 1
const RING_PERIOD_S = 5

export class Sound {
  private context: AudioContext | null = null
  private playback: AudioWorkletNode | null = null
  private stream: MediaStream | null = null
  private bells = new Map<string, ReturnType<typeof setInterval>>()

  constructor(private readonly onFrame: (frame: Int16Array<ArrayBuffer>) => void) {}

  /** Sound needs a secure page (https or this very computer) and, in most browsers, a click before it. */
  static get supported(): boolean {
    return typeof AudioContext !== 'undefined' && typeof AudioWorkletNode !== 'undefined' && isSecureContext
  }

  /** Opens loudspeaker and microphone; call from a click. Answers what became of the microphone. */
  async open(): Promise<MicrophoneState> {
    if (!Sound.supported) return 'unsupported'
    const context = await this.speaker()
    if (this.stream) return 'on'
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: true },
      })
    } catch (error) {
      return error instanceof DOMException && error.name === 'NotFoundError' ? 'missing' : 'refused'
    }
    const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 })
    capture.port.onmessage = ({ data }: MessageEvent<Int16Array<ArrayBuffer>>) => this.onFrame(data)
    context.createMediaStreamSource(this.stream).connect(capture)
    return 'on'
  }

  play(pcm: Int16Array): void {
    this.playback?.port.postMessage(pcm, [pcm.buffer])
  }

  /** Forget what is still to be played: the handset changed hands. */
  hush(): void {
    this.playback?.port.postMessage(null)
  }

  /** Rings 1 s in 5 for as long as the phone rings. Silent before the first click on the page. */
  ring(phone: string, on: boolean): void {
    const running = this.bells.get(phone)
    if (on && running === undefined) {
      this.strike()
      this.bells.set(phone, setInterval(() => this.strike(), RING_PERIOD_S * 1000))
    } else if (!on && running !== undefined) {
      clearInterval(running)
      this.bells.delete(phone)
    }
  }

  async close(): Promise<void> {
    this.bells.forEach((timer) => clearInterval(timer))
    this.bells.clear()
    this.stream?.getTracks().forEach((track) => track.stop())
    this.stream = null
    const context = this.context
    this.context = this.playback = null
    await context?.close()
  }

  private async speaker(): Promise<AudioContext> {
    if (this.context) return this.context
    const context = new AudioContext({ latencyHint: 'interactive' })
    this.context = context
    await Promise.all([context.audioWorklet.addModule(captureUrl), context.audioWorklet.addModule(playbackUrl)])
    this.playback = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, outputChannelCount: [1] })
    this.playback.connect(context.destination)
    await context.resume()
    return context
  }

  private strike(): void {
    const context = this.context
    if (!context || context.state !== 'running') return
    const now = context.currentTime
    const volume = context.createGain()
    volume.gain.setValueAtTime(0, now)
    volume.gain.linearRampToValueAtTime(0.05, now + 0.02)
    volume.gain.setValueAtTime(0.05, now + RING_ON_S - 0.05)
    volume.gain.linearRampToValueAtTime(0, now + RING_ON_S)
    volume.connect(context.destination)
    const tremolo = context.createGain()
    tremolo.gain.value = 0.5
    tremolo.connect(volume)
    for (const [hz, target] of [[1150, tremolo], [1450, tremolo], [20, tremolo.gain]] as const) {
      const tone = context.createOscillator()
      tone.frequency.value = hz
      if (target instanceof AudioParam) tone.connect(target)
      else tone.connect(target)
      tone.start(now)
      tone.stop(now + RING_ON_S)
    }
  }
}
