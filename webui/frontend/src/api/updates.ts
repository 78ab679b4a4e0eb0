import { get, post, put, remove, sendFile } from './client'

export type Phase = 'idle' | 'checking' | 'writing' | 'ready' | 'trial' | 'done' | 'failed' | 'returned'

export interface SlotVersion {
  slot: 'a' | 'b'
  version: string
  content: 'good' | 'trial' | 'failed' | 'empty'
  running: boolean
}

export interface Updates {
  /** Whether this machine runs from an image; otherwise its packages are updated. */
  available: boolean
  version: string
  slots: SlotVersion[]
  state: { phase: Phase; version_from: string; version_to: string; done: number; text: string; at: string }
  uploaded_mb: number | null
  /** A restart waits for its time and for the end of calls. */
  restart: { at: string } | null
  calls: number
}

export const readUpdates = (): Promise<Updates> => get('/api/updates')
export const discardUpdate = (): Promise<Updates> => remove('/api/updates/file')
export const installUpdate = (): Promise<Updates> => post('/api/updates/installation')
export const goBack = (): Promise<Updates> => post('/api/updates/return')
export const planRestart = (at: string | null): Promise<Updates> => put('/api/restart', { at })
export const cancelRestart = (): Promise<Updates> => remove('/api/restart')
export const resetBox = (word: string): Promise<unknown> => post('/api/factory-reset', { word })
export const uploadUpdate = (file: Blob, progress: (done: number) => void, signal: AbortSignal): Promise<Updates | null> => sendFile('/api/updates/file', file, progress, signal)
