/** Says that the phone rings to a person who looks elsewhere: a tone, the window's title, a notification where browsers allow one. */
import { ref, watch } from 'vue'

const PLACE = 'ring-choices'
const RUNG = 'rung'
const EVERY_MS = 4000
const TONE_S = 0.9

function readChoices(): { sound: boolean; notify: boolean } {
  try {
    return { sound: true, notify: false, ...(JSON.parse(localStorage.getItem(PLACE) ?? '{}') as object) }
  } catch {
    return { sound: true, notify: false }
  }
}

/** What this person at this computer wants. */
export const ringChoices = ref(readChoices())
watch(
  ringChoices,
  (now) => {
    try {
      localStorage.setItem(PLACE, JSON.stringify(now))
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  },
  { deep: true },
)

/** Browsers allow notifications only on this machine and over https. */
export const canNotify = (): boolean => typeof Notification !== 'undefined' && window.isSecureContext

export async function wantNotifications(on: boolean): Promise<void> {
  ringChoices.value.notify = on && canNotify() && (await Notification.requestPermission()) === 'granted'
}

export class Ringer {
  private timer: ReturnType<typeof setInterval> | undefined
  private title = ''
  private notice: Notification | null = null
  private audio: AudioContext | null = null

  /** Begins; a second tab of the same person stays silent for the same ring. */
  start(ring: string, words: string): void {
    this.stop()
    this.title = document.title
    const first = claim(ring)
    const beat = (): void => {
      document.title = document.title === this.title ? `☎ ${words}` : this.title
      if (first && ringChoices.value.sound) this.tone()
    }
    beat()
    this.timer = setInterval(beat, EVERY_MS / 2)
    if (first && ringChoices.value.notify && document.hidden && canNotify()) {
      this.notice = new Notification(words, { tag: ring })
      this.notice.onclick = () => window.focus()
    }
  }

  stop(): void {
    if (!this.timer) return
    clearInterval(this.timer)
    this.timer = undefined
    document.title = this.title
    this.notice?.close()
    this.notice = null
  }

  private tone(): void {
    // Browsers keep silent until the person has touched the page once: then this is without a sound, not an error.
    this.audio ??= new AudioContext()
    const { audio } = this
    if (audio.state === 'suspended') void audio.resume().catch(() => undefined)
    const gain = audio.createGain()
    const at = audio.currentTime
    gain.gain.setValueAtTime(0, at)
    gain.gain.linearRampToValueAtTime(0.12, at + 0.03)
    gain.gain.setValueAtTime(0.12, at + TONE_S - 0.1)
    gain.gain.linearRampToValueAtTime(0, at + TONE_S)
    gain.connect(audio.destination)
    for (const hz of [660, 880]) {
      const tone = audio.createOscillator()
      tone.frequency.value = hz
      tone.connect(gain)
      tone.start(at)
      tone.stop(at + TONE_S)
    }
  }
}

function claim(ring: string): boolean {
  try {
    if (localStorage.getItem(RUNG) === ring) return false
    localStorage.setItem(RUNG, ring)
  } catch {
    // Without storage every tab rings.
  }
  return true
}
