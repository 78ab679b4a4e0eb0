import { get, post, remove, upload } from './client'

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
