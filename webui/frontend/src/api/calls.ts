import { get, inMyLanguage, patch, post, query, remove } from './client'
import type { Customer } from './customers'
import type { Direction } from '@/live/messages'
import { asked, type CallOrder } from './calllog'
import type { CallSearch } from '@/calls/search'

/** One row of the call log: a call record without its steps, and what people wrote about it. */
export interface CallRow {
  call_id: string
  direction: Direction
  result: string
  started_at: string
  ended_at: string
  answered_at: string | null
  answer_inferred: boolean
  connected_at: string | null
  line: number | null
  hotline: string
  peer_number: string
  peer_number_raw: string
  peer_name: string
  caller_id: string
  queue: string | null
  agents: string[]
  agent: string | null
  agent_name: string
  seat: string | null
  station: string | null
  ring_s: number
  wait_s: number
  talk_s: number
  total_s: number
  hang_up_side: string
  hang_up_cause: string
  transfers: string[]
  rating: string
  reason: number | null
  reason_label: string
  summary: string
  customer_id: number | null
  customer_name: string
  has_recording: boolean
  has_voicemail: boolean
  no_recording: string | null
  voicemail_state: string
  cust_status: string
  cust_level: string
  area: string
  ticket: string
}

export interface Step {
  at_s: number
  kind: string
  flow?: string
  node?: string
  label?: string
  exit?: string
  digits?: string
  queue?: string
  agent?: string
  station?: string
  number?: string
  certain?: boolean
  note?: string
}

export interface CallDetail extends CallRow {
  steps: Step[]
  recording: { url: string; length_s: number } | null
  voicemail: { url: string; length_s: number } | null
  customer: Customer | null
  earlier: CallRow[]
}

/** What people write about a call; what is left out stays. */
export interface Note {
  reason?: number | null
  summary?: string
  customer?: number | null
}

export interface CallPage {
  rows: CallRow[]
  next: string | null
  count: number
  count_capped: boolean
}

export interface Reason {
  id: number
  label: string
  /** false: stands in old calls, is offered no more. */
  active: boolean
  children?: Reason[]
}

export interface ExportState {
  state: 'running' | 'done' | 'failed' | 'cancelled'
  done_rows: number
  total_rows: number
  text: string
}

export const listCalls = (search: CallSearch, order: CallOrder, before: string | null, limit: number, signal?: AbortSignal): Promise<CallPage> =>
  get(`/api/calls${query({ ...asked(search, order), limit, before })}`, signal)
const callPath = (callId: string): string => `/api/calls/${encodeURIComponent(callId)}`
export const readCall = (callId: string): Promise<CallDetail> => get(callPath(callId))
export const noteCall = (callId: string, note: Note): Promise<CallRow> =>
  patch(callPath(callId), note)
export const readReasons = (): Promise<Reason[]> => get('/api/reasons')
export const startExport = (search: CallSearch, order: CallOrder, columns: string[]): Promise<{ id: string }> => post(`/api/exports${inMyLanguage()}`, { search, order, columns })
export const readExport = (id: string): Promise<ExportState> => get(`/api/exports/${id}`)
export const cancelExport = (id: string): Promise<void> => remove(`/api/exports/${id}`)
export const exportFile = (id: string): string => `/api/exports/${id}/file${inMyLanguage()}`
export type SupervisionMode = 'listen' | 'whisper' | 'barge'
export const superviseCall = (callId: string, mode: SupervisionMode): Promise<void> =>
  post(`/api/live-calls/${encodeURIComponent(callId)}/supervise`, { mode })
export const hangUpCall = (callId: string): Promise<void> => post(`/api/live-calls/${encodeURIComponent(callId)}/hang-up`)
