/** Two or three short tones; made here, so that no file has to be fetched when something is wrong. */

const TONES: Record<'warn' | 'grave', readonly number[]> = { warn: [880, 660], grave: [988, 740, 988] }
const TONE_S = 0.16
const GAP_S = 0.05
const LOUDNESS = 0.12

let context: AudioContext | null = null

/** Silent where the browser allows no sound before a click. */
export function chime(level: 'warn' | 'grave'): void {
  if (typeof AudioContext === 'undefined') return
  context ??= new AudioContext()
  const sound = context
  void sound
    .resume()
    .then(() => TONES[level].forEach((pitch, index) => tone(sound, pitch, sound.currentTime + index * (TONE_S + GAP_S))))
    .catch(() => undefined)
}

function tone(sound: AudioContext, pitch: number, at: number): void {
  const source = sound.createOscillator()
  const gain = sound.createGain()
  source.frequency.value = pitch
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02)
  gain.gain.linearRampToValueAtTime(0, at + TONE_S)
  source.connect(gain).connect(sound.destination)
  source.start(at)
  source.stop(at + TONE_S)
}
