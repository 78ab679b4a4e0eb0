import { defineStore } from 'pinia'
import { reactive } from 'vue'
import { noteCall, type Note } from '@/api/calls'
import { ApiError } from '@/api/client'
import { noteRunning } from '@/api/workplace'
import { useSession } from './session'

const PAUSE_MS = 700
const AGAIN_MS = 5_000
const KEPT_MS = 24 * 3600 * 1000

export interface NoteState {
  state: 'waiting' | 'saving' | 'saved' | 'refused'
  /** Why it is not saved yet, or will not be. */
  text: string
}
interface Waiting {
  note: Note
  at: number
}

/** What agents write about calls: into this browser's storage at every key, to the box a moment later; never lost between. */
export const useNotes = defineStore('notes', () => {
  const session = useSession()
  const states = reactive<Record<string, NoteState>>({})
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const onTheWay = new Set<string>()
  let waiting = new Map<string, Waiting>()
  let of = ''

  /** Storage by person: who signs in next must not send it in the own name. */
  function mine(): Map<string, Waiting> {
    const place = `notes-${session.user?.id ?? ''}`
    if (place !== of) {
      of = place
      waiting = new Map(readPlace(place))
    }
    return waiting
  }

  const keep = (): void => writePlace(of, [...waiting])

  /** Takes down what was written; it is sent when the person pauses. */
  function write(callId: string, note: Note): void {
    const before = mine().get(callId)
    waiting.set(callId, { note: { ...before?.note, ...note }, at: Date.now() })
    keep()
    states[callId] = { state: 'waiting', text: '' }
    later(callId, PAUSE_MS)
  }

  function later(callId: string, inMs: number): void {
    clearTimeout(timers.get(callId))
    timers.set(callId, setTimeout(() => void deliver(callId), inMs))
  }

  /** Sends what waits of the call. What arrives is taken off; what was written meanwhile is sent after it. */
  async function deliver(callId: string): Promise<void> {
    const sent = mine().get(callId)
    if (!sent || onTheWay.has(callId)) return
    clearTimeout(timers.get(callId))
    onTheWay.add(callId)
    states[callId] = { state: 'saving', text: '' }
    try {
      await send(callId, sent.note)
      arrived(callId, sent)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      failed(callId, error)
    } finally {
      onTheWay.delete(callId)
    }
  }

  function arrived(callId: string, sent: Waiting): void {
    if (waiting.get(callId) !== sent) {
      later(callId, PAUSE_MS)
      return
    }
    waiting.delete(callId)
    keep()
    states[callId] = { state: 'saved', text: '' }
  }

  function failed(callId: string, error: ApiError): void {
    // Without connection, session or record yet it is tried again; words that are wrong wait for the person.
    const wrong = [403, 413, 422].includes(error.status)
    states[callId] = { state: wrong ? 'refused' : 'waiting', text: error.message }
    if (!wrong && Date.now() - (waiting.get(callId)?.at ?? 0) < KEPT_MS) later(callId, AGAIN_MS)
  }

  /** What was written and has not arrived. */
  const unsent = (callId: string): Note => mine().get(callId)?.note ?? {}

  /** At the start, and when the connection or the session is back. */
  function deliverAll(): void {
    for (const callId of [...mine().keys()]) void deliver(callId)
  }

  return { states, write, deliver, deliverAll, unsent }
})

/** The call runs or has just ended; a page that was away for longer finds its record. */
async function send(callId: string, note: Note): Promise<void> {
  try {
    await noteRunning(callId, note)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    await noteCall(callId, note)
  }
}

function readPlace(place: string): [string, Waiting][] {
  try {
    const all = JSON.parse(localStorage.getItem(place) ?? '[]') as [string, Waiting][]
    return all.filter(([, one]) => Date.now() - one.at < KEPT_MS)
  } catch {
    return []
  }
}

function writePlace(place: string, notes: [string, Waiting][]): void {
  try {
    if (notes.length) localStorage.setItem(place, JSON.stringify(notes))
    else localStorage.removeItem(place)
  } catch {
    // Storage may be switched off: the note then waits in memory only.
  }
}
