/** Events of `/live`, as `appliance/wire/messages.py` writes them. */

export type Direction = 'inbound' | 'outbound' | 'internal'
export type CallState =
  | 'offered' | 'in_flow' | 'queued' | 'alerting' | 'connected' | 'held' | 'consulting' | 'in_voicemail' | 'dialing' | 'ended'
export type LineState = 'out_of_service' | 'idle' | 'ringing' | 'seized' | 'dialing' | 'talking' | 'releasing'
export type StationState = 'out_of_service' | 'on_hook' | 'ringing' | 'off_hook' | 'talking' | 'flash_pending' | 'howler'
export type AgentStatus = 'logged_out' | 'ready' | 'on_break'
export type AgentState = 'idle' | 'offered' | 'on_call' | 'wrap_up'

export interface LineView {
  line: number
  label: string
  state: LineState
  call_id: string | null
  peer_number: string
  since: string
  fault: string
}

export interface LearntTone {
  pitch_hz: number
  on_s: number
  off_s: number
  level_dbm0: number
  calls: number
}

export type LineTrouble = 'hum' | 'noise' | 'clicks' | 'drift'

/** Levels in dBm0; null: not heard yet. */
export type LineTestFinding = 'no_dial_tone' | 'dial_pitch' | 'dial_weak' | 'hum' | 'noise' | 'echo' | 'pair_silent' | 'pair_weak' | 'interrupted' | 'line_lost'

/** The line called another one of the box. */
export interface LinePair {
  other: number
  loss_there_db: number
  loss_back_db: number
  noise_there_dbm0: number
  noise_back_dbm0: number
  echo_there_db: number
  echo_here_db: number
}

/** One line tested by itself; levels in dBm0, null: not measured. */
export interface LineTest {
  line: number
  at: string
  dial_pitch_hz: number | null
  dial_level_dbm0: number | null
  noise_dbm0: number | null
  hum_dbm0: number | null
  echo_return_db: number | null
  echo_by_pitch: { pitch_hz: number; return_loss_db: number }[]
  findings: LineTestFinding[]
  pair: LinePair | null
}

export interface LineHealth {
  line: number
  measured_at: string
  listened_s: number
  level_dbm0: number | null
  loudest_dbm0: number | null
  noise_dbm0: number | null
  hum_dbm0: [number, number, number] | null
  clicks_per_minute: number | null
  busy: LearntTone | null
  congestion: LearntTone | null
  caller_id: string
  answers_reversed: number
  answers_inferred: number
  ring_on_s: number
  ring_off_s: number
  drift: string
  troubles: LineTrouble[]
  /** The last test, if there ever was one. */
  test: LineTest | null
}

export interface StationView {
  station: string
  seat: string
  label: string
  state: StationState
  call_id: string | null
  agent: string | null
  fault: string
}

export type TalkPhase = 'talking' | 'held' | 'calling' | 'consulting' | 'conference' | 'pushed'
export type Softkey =
  | 'hold' | 'resume' | 'consult' | 'transfer' | 'complete_transfer' | 'cancel_consult' | 'conference' | 'push'
  | 'pause_recording' | 'resume_recording' | 'hang_up'

export interface PathStep {
  label: string
  keys: string
}

export interface AgentView {
  agent: string
  name: string
  seat: string | null
  status: AgentStatus
  state: AgentState
  reason: string
  since: string
  call_id: string | null
  talked_today: number
  /** Calls in a row that the agent let ring. */
  missed?: number
  /** No caller before this moment because of a missed call; empty: none missed. */
  skipped_until?: string
}

/** A caller in a queue; position 1 is next. */
export interface WaitingView {
  call_id: string
  position: number
  priority: number
  since: string
  expected_wait_s: number | null
}

export interface QueueView {
  queue: string
  label: string
  waiting: string[]
  longest_since: string
  ready_agents: number
  signed_in_agents: number
  /** In the order in which they will be served. */
  callers?: WaitingView[]
  /** Of a caller who would come now, seconds; null: nobody is there to serve. */
  expected_wait_s?: number | null
}

export interface CallView {
  call_id: string
  direction: Direction
  state: CallState
  started_at: string
  since: string
  line: number | null
  peer_number: string
  peer_name: string
  queue: string | null
  agent: string | null
  seat: string | null
  station: string | null
  flow: string
  node: string
  node_label: string
  recording: boolean
  /** Higher waits less. */
  priority?: number
  /** What the flow found out. */
  shown?: { label: string; value: string }[]
  phase: TalkPhase | null
  /** Station or outside number of the third. */
  consulting: string
  recording_paused: boolean
  /** What the seat can do now. */
  softkeys: Softkey[]
  /** Nodes of flows that the caller has been through. */
  path: PathStep[]
}

export interface PhoneView {
  phone: string
  label: string
  outside: boolean
  off_hook: boolean
  ringing: boolean
  status: string
  line: number | null
  /** Number and name that the set read between two rings. */
  display: string
  /** Voicemail waits. */
  lamp: boolean
  /** A sound card of the box: its sound is there, not in the browser. */
  at_box?: boolean
}

export interface EngineHealth {
  boot: string
  uptime_s: number
  ticks: number
  late_p50_ms: number
  late_p99_ms: number
  late_max_ms: number
  overruns: number
  tick_work_p99_ms: number
  realtime: boolean
  resident_mb: number
  disk_free_mb: number
  plan_version: number
  /** Contradictions that the engine found in itself since its start. */
  rules_broken?: number
}

export interface Snapshot {
  type: 'Snapshot'
  n: number
  at: string
  bureau: string
  hotline: string
  simulated: boolean
  lines: LineView[]
  stations: StationView[]
  agents: AgentView[]
  queues: QueueView[]
  calls: CallView[]
  phones: PhoneView[]
  health: EngineHealth
}

export interface ScreenPop<Customer = unknown, Row = unknown, Open = never> {
  type: 'ScreenPop'
  n: number
  agent: string | null
  seat: string
  call: CallView
  ring_at: string
  customer: Customer | null
  earlier: Row[]
  /** What is open with this caller in the ledger of missed calls. */
  follow_up?: Open | null
  /** What was written about the call so far. */
  note?: { reason?: number | null; summary?: string; customer?: number | null }
  /** The agent talked with the caller. */
  served?: boolean
  /** The call is not at the agent's seat any more. */
  left?: boolean
}

/** A call has left the agent's seat; not `served`: the phone only rang. */
export interface CallLeft {
  type: 'CallLeft'
  call_id: string
  agent: string
  served: boolean
  ended: boolean
  taken_by: string
  /** Nothing more of the call is told to this person. */
  unseen: boolean
}

/** Somebody wrote about a call that is on the screen. */
export interface CallNoted<Customer = unknown> {
  type: 'CallNoted'
  call_id: string
  note: { reason?: number | null; summary?: string; customer?: number | null }
  customer: Customer | null
  by: string | null
}

export type LiveEvent =
  | Snapshot
  | ScreenPop
  | { type: 'LineChanged'; n: number; line: LineView }
  | { type: 'StationChanged'; n: number; station: StationView }
  | { type: 'AgentChanged'; n: number; agent: AgentView }
  | { type: 'QueueChanged'; n: number; queue: QueueView }
  | { type: 'CallChanged'; n: number; call: CallView }
  | { type: 'CallLogged'; n: number; record: { call_id: string } }
  | { type: 'PhoneChanged'; n: number; phone: PhoneView }
  | { type: 'HealthReported'; n: number; health: EngineHealth }
  | CallLeft
  | CallNoted
  | { type: 'DeskChanged' }
  | { type: 'AlarmsChanged' }
  | { type: 'SmsChanged' }
  | { type: 'EngineDown' }
