import { download, get, post, remove, upload } from './client'

export interface Prompt {
  id: string
  label: string
  /** What the built-in voice says. */
  text: string
  /** The bureau's own recording is in use. */
  own: boolean
  length_s: number
}

const path = (id: string): string => `/api/prompts/${encodeURIComponent(id)}`
export const listPrompts = (): Promise<Prompt[]> => get('/api/prompts')
export const uploadPrompt = (id: string, file: File): Promise<Prompt> => upload(path(id), file)
export const restorePrompt = (id: string): Promise<Prompt> => remove(path(id))
/** `stamp` changes after an upload, so that the browser does not play what it has kept. */
export const promptAudio = (id: string, stamp: number): string => `${path(id)}/audio?v=${stamp}`
/** A prompt of the bureau's own, without a sound at first. */
export const createPrompt = (wish: { label: string; text: string }): Promise<Prompt> => post('/api/prompts', wish)
/** The machine reads the words out. */
export const speakPrompt = (id: string, text: string): Promise<Prompt> => post(`${path(id)}/speech`, { text })

/** A take: what somebody says into a phone, before anybody keeps it. */
export const beginTake = (seat: string): Promise<{ take: string }> => post('/api/prompt-takes', { seat })
export const readTake = (take: string): Promise<{ state: 'ringing' | 'speaking' | 'done' | 'nothing' }> => get(`/api/prompt-takes/${take}`)
export const takeSound = (take: string): Promise<Blob> => download(`/api/prompt-takes/${take}/audio`)
