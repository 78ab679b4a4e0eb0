import type { LineHealth, LineView } from '@/live/messages'
import { get, post, remove } from './client'
import type { SmsModule } from './sms'

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
  /** Taken into use on this page, also those that wait for the restart. */
  added: AddedCard[]
  restart_waits: boolean
  /** Sockets that are lines or seats. */
  uses: { port: string; label: string }[]
  modules: SmsModule[]
}

export interface AddedCard {
  name: string
  family: string
  identity: string
}

/** A device to use, and what only people know of it. */
export interface NewCard {
  family: string
  identity: string
  lines: number
  stations: number
  pin: string
  auto_answer: boolean
}

export const readLines = (): Promise<Lines> => get('/api/lines')
/** Begins a test; its result comes with the line's health some seconds later. */
export const testLine = (line: number): Promise<void> => post(`/api/lines/${line}/test`)
/** The telephone system restarts when no call is going on. */
export const takeCard = (card: NewCard): Promise<void> => post('/api/cards', card)
export const dropCard = (name: string): Promise<void> => remove(`/api/cards/${encodeURIComponent(name)}`)
/** Make a socket the next line or seat. */
export const takeSocket = (port: string): Promise<void> => post('/api/sockets', { port })
