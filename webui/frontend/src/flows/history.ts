/** Undo and redo over immutable values. Changes under one tag that follow each other quickly are one step. */

export const JOIN_MS = 900
const DEPTH = 200

export class History<T> {
  private past: T[] = []
  private future: T[] = []
  private lastTag = ''
  private lastAt = -Infinity

  /** Call before `present` is replaced. */
  note(present: T, tag = '', nowMs = Date.now()): void {
    const joins = tag !== '' && tag === this.lastTag && nowMs - this.lastAt < JOIN_MS
    this.lastTag = tag
    this.lastAt = nowMs
    this.future = []
    if (!joins) this.past = [...this.past.slice(1 - DEPTH), present]
  }

  undo(present: T): T {
    return this.step(this.past, this.future, present)
  }

  redo(present: T): T {
    return this.step(this.future, this.past, present)
  }

  get canUndo(): boolean {
    return this.past.length > 0
  }

  get canRedo(): boolean {
    return this.future.length > 0
  }

  clear(): void {
    this.past = []
    this.future = []
    this.lastTag = ''
  }

  private step(from: T[], to: T[], present: T): T {
    const found = from.pop()
    if (found === undefined) return present
    to.push(present)
    this.lastTag = ''
    return found
  }
}
