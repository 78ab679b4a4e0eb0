import { get, post, put, query, remove, request } from './client'
import type { AgentState, AgentStatus } from '@/live/messages'

/** Of the inbound calls of one day that are over; waits in seconds. */
export interface CallFigures {
  calls: number
  answered: number
  lost: number
  abandoned: number
  in_time: number
  mean_wait_s: number
  longest_wait_s: number
  /** Share answered in time of all who wanted an agent; null: nobody did. */
  service_level: number | null
}

export interface DayFigures {
  day: string
  service_s: number
  all: CallFigures
  queues: (CallFigures & { queue: string })[]
  agents: { agent: string; talked: number; talk_s: number }[]
  outbound: number
}

export interface Team {
  id: number
  label: string
  agents: string[]
}

export interface BoardDay {
  figures: DayFigures
  teams: Team[]
  members: { queue: string; agents: string[] }[]
  long_wait_s: number
}

export interface DisplayTerms {
  label: string
  queues: string[]
  agents: boolean
  rotate_s: number
}

export interface Display {
  id: number
  terms: DisplayTerms
  created_at: string
  created_by: string
}

export interface WallQueue {
  queue: string
  label: string
  waiting: number
  longest_since: string
  expected_wait_s: number | null
  ready_agents: number
  signed_in_agents: number
  figures: CallFigures
}

export interface WallAgent {
  name: string
  status: AgentStatus
  state: AgentState
  reason: string
  since: string
  talked_today: number
}

export type AlarmLevel = 'notice' | 'warn' | 'grave'
export const LEVELS = ['grave', 'warn', 'notice'] as const satisfies readonly AlarmLevel[]
export const ALARM_KINDS = [
  'line_down', 'no_dial_tone', 'lines_busy', 'queue_long', 'wait_long', 'disk',
  'engine_down', 'engine_restarted', 'web_restarted', 'rules_broken', 'journal_behind', 'clock_jump', 'clock_unsure', 'database', 'backup_failed', 'backup_old',
] as const
export type AlarmKind = (typeof ALARM_KINDS)[number]

export interface Wallboard {
  at: string
  bureau: string
  hotline: string
  terms: DisplayTerms
  engine_up: boolean
  lines: { total: number; free: number; down: number }
  queues: WallQueue[]
  agents: WallAgent[]
  ready_agents: number
  talking_agents: number
  signed_in_agents: number
  figures: DayFigures
  long_wait_s: number
  alarms: { kind: AlarmKind; level: AlarmLevel; text: string; raised_at: string }[]
}

export interface Alarm {
  id: number
  kind: AlarmKind
  subject: string
  level: AlarmLevel
  text: string
  raised_at: string
  /** Empty while it lasts. */
  cleared_at: string
  acknowledged_at: string
  acknowledged_by: string
  sound: boolean
}

export interface AlarmFilter {
  open: boolean
  kind: AlarmKind | ''
  level: AlarmLevel | ''
  since: string
  until: string
}

export interface AlarmRule {
  kind: AlarmKind
  on: boolean
  threshold: number
  after_s: number
  clear_s: number
  sound: boolean
}

export interface RuleView {
  rule: AlarmRule
  default: AlarmRule
  group: 'lines' | 'queues' | 'system'
  level: AlarmLevel
  /** The threshold may be set. */
  counted: boolean
  changeable: boolean
}

export interface RulesView {
  service_s: number
  service_changeable: boolean
  alarms: RuleView[]
}

export const readBoard = (): Promise<BoardDay> => get('/api/board')
export const readWallboard = (queues: string): Promise<Wallboard> => get(`/api/wallboard${query({ queues })}`)
/** For a screen where nobody is signed in. */
export const showDisplay = (secret: string): Promise<Wallboard> =>
  request('GET', '/api/displays/show', { headers: { Authorization: `Bearer ${secret}` } })
export const listDisplays = (): Promise<Display[]> => get('/api/displays')
export const addDisplay = (terms: DisplayTerms): Promise<{ display: Display; secret: string }> => post('/api/displays', terms)
export const retireDisplay = (id: number): Promise<void> => remove(`/api/displays/${id}`)

export const listAlarms = (filter: Partial<AlarmFilter>, before: number | null, limit: number): Promise<{ rows: Alarm[]; next: number | null }> => {
  const { open = false, ...rest } = filter
  return get(`/api/alarms${query({ ...rest, open: open ? 'true' : '', before, limit })}`)
}
export const acknowledgeAlarm = (id: number): Promise<Alarm> => post(`/api/alarms/${id}/acknowledgement`)
export const readAlarmRules = (): Promise<RulesView> => get('/api/monitor-rules')
export const writeAlarmRules = (change: { service_s?: number; alarms: AlarmRule[] }): Promise<RulesView> => put('/api/monitor-rules', change)

export type Destination = 'queue' | 'flow' | 'seat' | 'outside'
export const moveCaller = (callId: string, to: Destination, target: string): Promise<void> =>
  post(`/api/live-calls/${encodeURIComponent(callId)}/move`, { to, target })
export const forceStatus = (agent: string, status: AgentStatus, reason = ''): Promise<void> =>
  post(`/api/agents/${encodeURIComponent(agent)}/status`, { status, reason })
