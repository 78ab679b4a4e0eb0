/** The 19 conditions: the object that the server takes (`appliance/store/call_search.py`) and the form people fill in. */
import { localIso } from '@/format'

interface Condition {
  not?: true
}

export interface PathStep {
  flow?: string
  node?: string
  digits?: string
}

export interface CallSearch {
  time_span?: Condition & {
    since?: string
    until?: string
    day_from?: string
    day_until?: string
    weekdays?: number[]
    day_kinds?: string[]
  }
  direction?: Condition & { values: string[] }
  result?: Condition & { values?: string[]; not_talked?: true }
  talk_sec?: Condition & { min?: number; max?: number }
  wait_sec?: Condition & { min?: number; max?: number }
  peer_number?: Condition & { match?: string; numbers?: string[] }
  line?: Condition & { values: number[] }
  agent?: Condition & { agents?: string[]; units?: number[] }
  queue?: Condition & { values: string[] }
  ivr_path?: Condition & { steps: PathStep[] }
  transfer?: Condition & { kinds?: string[]; target?: string; none?: true }
  reason?: Condition & { values?: number[]; none?: true }
  summary?: Condition & { match?: string; words?: string }
  customer?: Condition & { match?: string; field?: string; text?: string }
  cust_class?: Condition & { statuses?: string[]; levels?: string[]; areas?: string[] }
  recording?: Condition & { values?: string[]; reasons?: string[] }
  voicemail?: Condition & { values?: string[]; for?: string[] }
  rating?: Condition & { values: string[] }
  ticket?: Condition & { present?: boolean; numbers?: string[]; kinds?: string[]; statuses?: string[]; overdue?: boolean; repeated?: boolean }
}

export type ConditionId = keyof CallSearch

/** In the order of the specification. */
export const CONDITIONS: readonly ConditionId[] = [
  'time_span', 'direction', 'result', 'talk_sec', 'wait_sec', 'peer_number', 'line', 'agent', 'queue', 'ivr_path',
  'transfer', 'reason', 'summary', 'customer', 'cust_class', 'recording', 'voicemail', 'rating', 'ticket',
]
/** Always in view; the others unfold. */
export const FREQUENT: readonly ConditionId[] = ['time_span', 'peer_number', 'direction', 'result']

export const DIRECTIONS = ['inbound', 'outbound', 'internal'] as const
export const RESULTS = [
  'talked', 'self_served', 'abandoned_in_queue', 'agent_no_answer', 'no_agent', 'hung_up_in_flow', 'hung_up_before_answer',
  'voicemail', 'busy', 'peer_no_answer', 'rejected', 'line_fault',
] as const
/** Stands for every result but `talked`. */
export const NOT_TALKED = 'not_talked'
export const NUMBER_MATCHES = ['contains', 'equal', 'begins', 'ends', 'none'] as const
export const DAY_KINDS = ['workday', 'weekend', 'holiday'] as const
export const TRANSFERS = ['agent', 'external', 'conference', 'senior', 'queue', 'flow'] as const
export const NONE = 'none'
/** In the tree of call reasons: not filled in. Ids of real reasons are positive. */
export const NO_REASON = 0
export const WORD_MATCHES = ['all', 'any', 'empty'] as const
export const CUSTOMER_MATCHES = ['contains', 'equal', 'unknown'] as const
export const CUSTOMER_FIELDS = ['any', 'name', 'code', 'card', 'address'] as const
export const RECORDINGS = ['yes', 'no', 'locked', 'checked', 'unchecked'] as const
export const NO_RECORDING_REASONS = ['not_talked', 'rule', 'too_short', 'disk', 'failed', 'cleaned', 'deleted', 'lost'] as const
export const VOICEMAILS = ['yes', 'no', 'new', 'heard', 'done'] as const
export const RATINGS = ['satisfied', 'neutral', 'dissatisfied', 'unrated', 'not_invited'] as const

/** One step of the way through the flows as the form has it. */
export interface StepForm {
  /** `flow/node`, or empty for any. */
  node: string
  digits: string
}

export const emptyStep = (): StepForm => ({ node: '', digits: '' })

export interface SearchForm {
  not: Record<ConditionId, boolean>
  range: [Date, Date] | null
  dayFrom: string
  dayUntil: string
  weekdays: number[]
  dayKinds: string[]
  directions: string[]
  results: string[]
  talk: { min: number | null; max: number | null }
  wait: { min: number | null; max: number | null }
  numberMatch: string
  numbers: string
  lines: number[]
  agents: string[]
  units: number[]
  queues: string[]
  /** Never empty: the first is always there to fill in. */
  steps: StepForm[]
  transfers: string[]
  transferTarget: string
  reasons: number[]
  wordMatch: string
  words: string
  customerMatch: string
  customerField: string
  customerText: string
  statuses: string[]
  levels: string[]
  areas: string[]
  recordings: string[]
  recordingReasons: string[]
  voicemails: string[]
  voicemailFor: string[]
  ratings: string[]
  ticketPresent: '' | 'yes' | 'no'
  ticketNumbers: string
  ticketKinds: string[]
  ticketStatuses: string[]
  ticketOverdue: boolean
  ticketRepeated: boolean
}

export function emptyForm(): SearchForm {
  return {
    not: Object.fromEntries(CONDITIONS.map((id) => [id, false])) as Record<ConditionId, boolean>,
    range: null, dayFrom: '', dayUntil: '', weekdays: [], dayKinds: [], directions: [], results: [],
    talk: { min: null, max: null }, wait: { min: null, max: null }, numberMatch: 'contains', numbers: '',
    lines: [], agents: [], units: [], queues: [], steps: [emptyStep()], transfers: [], transferTarget: '', reasons: [],
    wordMatch: 'all', words: '', customerMatch: 'contains', customerField: 'any', customerText: '',
    statuses: [], levels: [], areas: [], recordings: [], recordingReasons: [], voicemails: [], voicemailFor: [],
    ratings: [], ticketPresent: '', ticketNumbers: '', ticketKinds: [], ticketStatuses: [], ticketOverdue: false, ticketRepeated: false,
  }
}

/** Only what was filled in: an empty condition is no condition, whatever its "not" says. */
export function toSearch(form: SearchForm): CallSearch {
  const conditions: CallSearch = {
    time_span: timeSpan(form),
    direction: values(form.directions),
    result: results(form.results),
    talk_sec: bounds(form.talk),
    wait_sec: bounds(form.wait),
    peer_number: peerNumber(form),
    line: values(form.lines),
    agent: some({ agents: list(form.agents), units: list(form.units) }),
    queue: values(form.queues),
    ivr_path: ivrPath(form),
    transfer: transfer(form),
    reason: reason(form.reasons),
    summary: summary(form),
    customer: customer(form),
    cust_class: some({ statuses: list(form.statuses), levels: list(form.levels), areas: list(form.areas) }),
    recording: some({ values: list(form.recordings), reasons: list(form.recordingReasons) }),
    voicemail: some({ values: list(form.voicemails), for: list(form.voicemailFor) }),
    rating: values(form.ratings),
    ticket: ticket(form),
  }
  const filled = CONDITIONS.filter((id) => conditions[id] !== undefined)
  return Object.fromEntries(filled.map((id) => [id, form.not[id] ? { ...conditions[id], not: true } : conditions[id]]))
}

/** Words or numbers as people separate them. */
export function split(text: string): string[] {
  return text.split(/[\s,，;；、]+/).filter(Boolean)
}

const list = <T>(items: T[]): T[] | undefined => (items.length ? items : undefined)
const values = <T>(items: T[]): { values: T[] } | undefined => (items.length ? { values: items } : undefined)

/** Without its empty members; undefined when nothing is left. */
function some<T extends object>(members: T): T | undefined {
  const filled = Object.entries(members).filter(([, value]) => value !== undefined)
  return filled.length ? (Object.fromEntries(filled) as T) : undefined
}

function timeSpan(form: SearchForm): CallSearch['time_span'] {
  const [since, until] = form.range ?? []
  return some({
    since: since && localIso(since),
    until: until && localIso(until),
    day_from: form.dayFrom || undefined,
    day_until: form.dayUntil || undefined,
    weekdays: list([...form.weekdays].sort()),
    day_kinds: list(form.dayKinds),
  })
}

function results(chosen: string[]): CallSearch['result'] {
  return some({
    values: list(chosen.filter((one) => one !== NOT_TALKED)),
    not_talked: chosen.includes(NOT_TALKED) || undefined,
  }) as CallSearch['result']
}

function bounds({ min, max }: { min: number | null; max: number | null }): { min?: number; max?: number } | undefined {
  return some({ min: min ?? undefined, max: max ?? undefined })
}

function peerNumber(form: SearchForm): CallSearch['peer_number'] {
  if (form.numberMatch === NONE) return { match: NONE }
  const numbers = split(form.numbers)
  return numbers.length ? { match: form.numberMatch, numbers } : undefined
}

function ivrPath(form: SearchForm): CallSearch['ivr_path'] {
  const steps = form.steps.flatMap((one) => {
    const [flow, node] = one.node.split('/')
    const step = some({ flow: flow || undefined, node: node || undefined, digits: one.digits.trim() || undefined })
    return step ? [step] : []
  })
  return steps.length ? { steps } : undefined
}

function transfer(form: SearchForm): CallSearch['transfer'] {
  return some({
    kinds: list(form.transfers.filter((kind) => kind !== NONE)),
    target: form.transferTarget.trim() || undefined,
    none: form.transfers.includes(NONE) || undefined,
  }) as CallSearch['transfer']
}

function reason(chosen: number[]): CallSearch['reason'] {
  return some({
    values: list(chosen.filter((id) => id !== NO_REASON)),
    none: chosen.includes(NO_REASON) || undefined,
  }) as CallSearch['reason']
}

function summary(form: SearchForm): CallSearch['summary'] {
  if (form.wordMatch === 'empty') return { match: 'empty' }
  const words = form.words.trim()
  return words ? { match: form.wordMatch, words } : undefined
}

function customer(form: SearchForm): CallSearch['customer'] {
  if (form.customerMatch === 'unknown') return { match: 'unknown' }
  const text = form.customerText.trim()
  return text ? { match: form.customerMatch, field: form.customerField, text } : undefined
}

function ticket(form: SearchForm): CallSearch['ticket'] {
  return some({
    present: form.ticketPresent ? form.ticketPresent === 'yes' : undefined,
    numbers: list(split(form.ticketNumbers)),
    kinds: list(form.ticketKinds),
    statuses: list(form.ticketStatuses),
    overdue: form.ticketOverdue || undefined,
    repeated: form.ticketRepeated || undefined,
  })
}
