import type { LineHealth, LineView } from '@/live/messages'
import { get, post } from './client'

export interface LineCard {
  view: LineView
  health: LineHealth
}

export interface PortView {
  port: string
  kind: 'fxo' | 'fxs' | 'cellular'
  label: string
  for_trial: boolean
  /** Chinese sentence, empty when well. */
  fault: string
}

/** A card that the settings name. */
export interface CardView {
  name: string
  family: string
  there: boolean
  identity: string
  ports: PortView[]
}

/** Plugged in, and not in the settings. */
export interface SpareCardView {
  family: string
  identity: string
  label: string
}

export interface Lines {
  engine_up: boolean
  lines: LineCard[]
  cards: CardView[]
  spare_cards: SpareCardView[]
}

export const readLines = (): Promise<Lines> => get('/api/lines')
/** Begins a test; its result comes with the line's health some seconds later. */
export const testLine = (line: number): Promise<void> => post(`/api/lines/${line}/test`)
