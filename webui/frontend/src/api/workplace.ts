import type { CallRow, Note } from './calls'
import { get, patch, post, put } from './client'

export type TransferTo = 'seat' | 'queue' | 'flow' | 'outside'

export interface Favourite {
  to: TransferTo
  target: string
  label?: string
}

export interface WorkPlace {
  queues: string[]
  break_reasons: string[]
  favourites: Favourite[]
}

export const readWorkPlace = (): Promise<WorkPlace> => get('/api/seat/work-place')
export const keepFavourites = (favourites: Favourite[]): Promise<Favourite[]> => put('/api/seat/favourites', favourites)
export const readOwnCalls = (): Promise<CallRow[]> => get('/api/seat/calls')
/** Writes about a call that is at the seat or was a moment ago. */
export const noteRunning = (callId: string, note: Note): Promise<Note> =>
  patch(`/api/live-calls/${encodeURIComponent(callId)}/note`, note)
export const pickUp = (station = ''): Promise<void> => post('/api/seat/pick-up', { station })
