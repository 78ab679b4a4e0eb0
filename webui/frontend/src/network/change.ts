/** A change of the address as the page follows it, cut off or not, until it is confirmed or put back. Times in ms. */
import type { Network } from '@/api/network'

export interface Change {
  token: string
  began: number
  /** Put back then. */
  until: number
  /** The box said that it waits: what it says afterwards is about this change. */
  waits: boolean
}

/** The box may take so long to begin; until then it tells of the change before. */
const BEGINS_WITHIN = 10_000
const SET_WITHIN = 5000

export function beginChange(token: string, within_s: number, now: number): Change {
  return { token, began: now, until: now + within_s * 1000, waits: false }
}

/** What the change is after the box was heard; null: it is over, one way or the other. */
export function followed(change: Change, heard: Network, now: number): Change | null {
  if (heard.phase === 'waiting') return { ...change, waits: true, until: heard.left_s === null ? change.until : now + heard.left_s * 1000 }
  return change.waits || now - change.began > BEGINS_WITHIN ? null : change
}

/** Whether the new address is set: the box said so, or cannot be heard any more. */
export const isSettled = (change: Change, now: number): boolean => change.waits || now - change.began > SET_WITHIN

export const secondsLeft = (change: Change, now: number): number => Math.max(0, Math.ceil((change.until - now) / 1000))
