import { get, post, put, remove } from './client'

export interface RecordingNote {
  id: number
  at_s: number
  text: string
  user_id: number
  user_name: string
  written_at: string
}

/** What there is to know of a call's files beside their sound. */
export interface RecordingState {
  there: boolean
  locked: boolean
  length_s: number
  sha256: string
  /** Head of the hash chain; empty: recorded before there were any. */
  chain: string
  /** Why it is gone: `cleaned`, `deleted`, `lost`; empty: it is not. */
  fate: string
  fate_at: string
  fate_by: string
  /** Address of the last seconds before an automatic hang-up. */
  evidence: string
  notes: RecordingNote[]
}

const path = (callId: string): string => `/api/calls/${encodeURIComponent(callId)}/recording`
export const readRecording = (callId: string): Promise<RecordingState> => get(`${path(callId)}/state`)
export const lockRecording = (callId: string, locked: boolean): Promise<RecordingState> => put(`${path(callId)}/lock`, { locked })
export const deleteRecording = (callId: string): Promise<RecordingState> => remove(path(callId))
export const addNote = (callId: string, note: { at_s: number; text: string }): Promise<RecordingNote[]> => post(`${path(callId)}/notes`, note)
export const removeNote = (callId: string, id: number): Promise<RecordingNote[]> => remove(`${path(callId)}/notes/${id}`)
export const proofAddress = (callId: string): string => `/api/calls/${encodeURIComponent(callId)}/proof`
