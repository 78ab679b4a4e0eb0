import { get, patch, post, put, query, remove } from './client'

/** What waits for the signed-in person. */
export interface DeskCounts {
  new_voicemails: number
  open_followups: number
  overdue_followups: number
}

export type VoicemailState = 'new' | 'heard' | 'done'

export interface Voicemail {
  id: number
  call_id: string
  left_at: string
  number: string
  box: string
  /** Staff number; empty: for nobody in particular. */
  for_agent: string
  queue: string
  length_s: number
  due_at: string
  state: VoicemailState
  assigned_to: string
  heard_by: string
  heard_at: string
  handled_by: string
  handled_at: string
  note: string
  called_back: string
  for_name: string
  assigned_name: string
  customer_name: string
  /** Of the call with which somebody called back; empty while it runs. */
  called_back_result: string
}

export interface VoicemailFilter {
  state: VoicemailState | ''
  box: string
  number: string
}

export interface VoicemailEdit {
  state?: VoicemailState
  assigned_to?: string
  note?: string
}

export interface Person {
  agent: string
  name: string
}

export type FollowUpState = 'open' | 'overdue' | 'closed'

/** A caller to be called back. */
export interface FollowUp {
  source: string
  number: string
  kind: 'missed' | 'call_back'
  queue: string
  area: string
  owner: string
  owner_name: string
  customer_name: string
  result: string
  calls: number
  tries: number
  first_at: string
  last_at: string
  due_at: string
  overdue: boolean
  closing: string | null
  closed_at: string
  closed_by: string
  closed_call: string
  note: string
}

export interface FollowUpFilter {
  state: FollowUpState
  queue: string
  owner: string
  number: string
}

export interface HistoryStep {
  at: string
  kind: string
  call_id: string
  agent: string
  result: string
}

export interface FollowUpDay {
  day: string
  opened: number
  called_again: number
  reached: number
  by_hand: number
  open: number
  overdue: number
  in_time: number
  without_number: number
  all_lines_busy_s: number
}

export interface VoicemailPage {
  rows: Voicemail[]
  next: number | null
}

export interface FollowUpPage {
  rows: FollowUp[]
  next: string | null
}

export const readDesk = (): Promise<DeskCounts> => get('/api/desk')

const voicemailPath = (callId: string): string => `/api/voicemails/${encodeURIComponent(callId)}`
export const listVoicemails = (filter: VoicemailFilter, before: number | null, limit: number, signal?: AbortSignal): Promise<VoicemailPage> =>
  get(`/api/voicemails${query({ ...filter, limit, before })}`, signal)
export const editVoicemail = (callId: string, edit: VoicemailEdit): Promise<Voicemail> => patch(voicemailPath(callId), edit)
export const removeVoicemail = (callId: string): Promise<void> => remove(voicemailPath(callId))
export const voicemailListeners = (callId: string): Promise<Person[]> => get(`${voicemailPath(callId)}/listeners`)
export const callBackVoicemail = (callId: string): Promise<{ call_id: string | null }> => post(`${voicemailPath(callId)}/call-back`)
export const voicemailSound = (callId: string): string => `/api/calls/${encodeURIComponent(callId)}/voicemail`

const followUpPath = (source: string): string => `/api/follow-ups/${encodeURIComponent(source)}`
export const listFollowUps = (filter: FollowUpFilter, after: string | null, limit: number, signal?: AbortSignal): Promise<FollowUpPage> =>
  get(`/api/follow-ups${query({ ...filter, limit, after })}`, signal)
export const followUpHistory = (source: string): Promise<HistoryStep[]> => get(followUpPath(source))
export const giveFollowUp = (source: string, owner: string): Promise<FollowUp> => patch(followUpPath(source), { owner })
export const closeFollowUp = (source: string, reason: string): Promise<FollowUp> => post(`${followUpPath(source)}/close`, { reason })
export const dialFollowUp = (source: string): Promise<{ call_id: string | null }> => post(`${followUpPath(source)}/dial`)
export const followUpDay = (day: string): Promise<FollowUpDay> => get(`/api/follow-ups/day${query({ day })}`)
/** A part of the call plan. */
interface Part<Value> {
  revision: string
  value: Value
}

export interface FollowUpRules {
  due_s: number
  call_back_due_s: number
  hours: string | null
  before_answer: boolean
}

export interface Hours {
  id: string
  label: string
}

export const readRules = (): Promise<Part<FollowUpRules>> => get('/api/plan/follow_ups')
export const writeRules = (revision: string, value: FollowUpRules): Promise<unknown> => put('/api/plan/follow_ups', { revision, value })
export const readHours = (): Promise<Part<Hours[]>> => get('/api/plan/hours')
export const staff = (): Promise<Person[]> => get('/api/staff')
