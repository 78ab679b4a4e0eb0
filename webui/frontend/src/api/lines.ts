import type { LineHealth, LineView } from '@/live/messages'
import { get, post } from './client'

export interface LineCard {
  view: LineView
  health: LineHealth
}

export interface Lines {
  engine_up: boolean
  lines: LineCard[]
}

export const readLines = (): Promise<Lines> => get('/api/lines')
/** Begins a test; its result comes with the line's health some seconds later. */
export const testLine = (line: number): Promise<void> => post(`/api/lines/${line}/test`)
