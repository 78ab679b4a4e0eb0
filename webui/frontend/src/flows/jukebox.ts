import { promptAudio } from '@/api/prompts'

/** Plays prompts one after the other; one that has no sound is passed over. */
export class Jukebox {
  private readonly audio = new Audio()
  private waiting: string[] = []
  private playing = ''
  private stamp = Date.now()

  /** `changed` is told which prompt plays, '' for none. */
  constructor(private readonly changed: (prompt: string) => void) {
    this.audio.onended = () => this.next()
    this.audio.onerror = () => this.playing && this.next()
  }

  play(prompts: string[]): void {
    this.waiting = [...prompts]
    this.next()
  }

  toggle(prompts: string[]): void {
    if (this.playing && prompts.includes(this.playing)) this.stop()
    else this.play(prompts)
  }

  /** Sounds may have changed: none is taken from the browser's cache any more. */
  forget(): void {
    this.stamp = Date.now()
  }

  stop(): void {
    this.waiting = []
    this.audio.pause()
    this.tell('')
  }

  private next(): void {
    const prompt = this.waiting.shift() ?? ''
    this.tell(prompt)
    if (!prompt) return
    this.audio.src = promptAudio(prompt, this.stamp)
    // A pause while loading rejects the promise; `onerror` handles real trouble.
    this.audio.play().catch(() => undefined)
  }

  private tell(prompt: string): void {
    this.playing = prompt
    this.changed(prompt)
  }
}
