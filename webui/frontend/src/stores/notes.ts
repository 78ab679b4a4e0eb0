import { ElMessage } from 'element-plus/es/components/message/index'
import { defineStore } from 'pinia'
import { noteCall, type Note } from '@/api/calls'
import { ApiError } from '@/api/client'
import { i18n } from '@/locale'

const PLACE = 'notes-of-running-calls'
const TRIES = 4
const RETRY_MS = 3000

/** What agents write about calls. A running call has no record yet: its note waits here, even over a reload of the page. */
export const useNotes = defineStore('notes', () => {
  const waiting = new Map<string, Note>(readPlace())

  /** `kept`: the call still runs, the note goes into its record when it is logged. */
  async function save(callId: string, note: Note, running = false): Promise<'saved' | 'kept'> {
    const whole = { ...waiting.get(callId), ...note }
    try {
      await noteCall(callId, whole)
      setWaiting(callId, null)
      return 'saved'
    } catch (error) {
      if (!running || !(error instanceof ApiError) || error.status !== 404) throw error
      setWaiting(callId, whole)
      return 'kept'
    }
  }

  /** The call has ended: its record is in the log, or will be there in a moment. */
  async function deliver(callId: string, triesLeft = TRIES): Promise<void> {
    const note = waiting.get(callId)
    if (!note) return
    try {
      await noteCall(callId, note)
      setWaiting(callId, null)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 404) {
        if (triesLeft > 1) setTimeout(() => void deliver(callId, triesLeft - 1), RETRY_MS)
        return
      }
      if (error.status >= 400 && error.status < 500) setWaiting(callId, null)
      ElMessage.error(i18n.global.t('note.notKept', { callId, text: error.message }))
    }
  }

  async function deliverAll(): Promise<void> {
    for (const callId of waiting.keys()) await deliver(callId)
  }

  function setWaiting(callId: string, note: Note | null): void {
    if (note) waiting.set(callId, note)
    else waiting.delete(callId)
    writePlace([...waiting])
  }

  return { save, deliver, deliverAll }
})

function readPlace(): [string, Note][] {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE) ?? '[]') as [string, Note][]
  } catch {
    return []
  }
}

function writePlace(notes: [string, Note][]): void {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(notes))
  } catch {
    // Storage may be switched off: the note then waits in memory only.
  }
}
