import { get, post, remove, sendFile } from './client'

/** A part of the settings that is not the same in the file. */
export interface Piece {
  id: string
  label: string
  added: string[]
  changed: string[]
  removed: string[]
  /** Single settings that differ, where nothing has a name. */
  fields: number
  /** False: it belongs to the box that it comes from. */
  advised: boolean
}

export interface ConfigurationFile {
  made_at: string
  bureau: string
  version: string
  pieces: Piece[]
}

export const CONFIGURATION = '/api/configuration/file'
export const uploadConfiguration = (file: Blob, progress: (done: number) => void, signal: AbortSignal): Promise<ConfigurationFile | null> => sendFile(CONFIGURATION, file, progress, signal)
export const readConfiguration = (): Promise<ConfigurationFile> => get('/api/configuration')
export const importConfiguration = (pieces: string[]): Promise<unknown> => post('/api/configuration', { pieces })
export const discardConfiguration = (): Promise<unknown> => remove(CONFIGURATION)
