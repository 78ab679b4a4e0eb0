import type { FlowGraph } from '@/flows/graph'
import { get, patch, post, put, remove, request } from './client'

export interface Problem {
  text: string
  node: string | null
  field: string
  grave: boolean
}

export interface ExitSpec {
  name: string
  label: string
  required: boolean
  /** Taken in its place while it leads nowhere. */
  instead: string
  paces: boolean
}

export interface FlowCheck {
  problems: Problem[]
  exits: Record<string, ExitSpec[]>
}

export interface FlowRow {
  id: string
  label: string
  version: number | null
  changed: boolean
  revision: number
  nodes: number
  problems: number
  default: boolean
  lines: number[]
  used_by: string[]
  saved_at: string
  saved_by: string
  published_at: string
  published_by: string
}

export interface FlowState {
  row: FlowRow
  graph: FlowGraph
  check: FlowCheck
}

/** A JSON schema as the node registry writes it. */
export interface Schema {
  title?: string
  description?: string
  type?: string
  $ref?: string
  $defs?: Record<string, Schema>
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  enum?: (string | number)[]
  default?: unknown
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  'x-choose'?: string
  'x-values'?: boolean
}

export interface NodeKind {
  kind: string
  group: string
  label: string
  help: string
  params: Schema
  sample: Record<string, unknown>
  exits: ExitSpec[]
  /** The list parameter from which further exits come. */
  exits_from: string
}

export interface NodeCatalogue {
  kinds: NodeKind[]
  values: Record<string, string>
}

export interface Choice {
  id: string
  label: string
  text: string
}

export interface FlowChoices {
  prompt: Choice[]
  queue: Choice[]
  hours: Choice[]
  box: Choice[]
  flow: Choice[]
  caller_list: Choice[]
  agent: Choice[]
  request_hosts: string[]
}

export interface FlowTemplate {
  id: string
  about: string
  flow: FlowGraph
}

export interface FlowVersion {
  version: number
  reason: string
  published_at: string
  user_name: string
}

export interface ChangedField {
  field: string
  before: unknown
  after: unknown
}

export interface FlowDifference {
  fields: ChangedField[]
  nodes: { node: string; label: string; kind: string; how: 'added' | 'removed' | 'changed'; fields: ChangedField[] }[]
}

export interface WalkScript {
  at: string
  caller: string
  keys: string[]
  queue: string
  ring: string
  dial: string
  message_s: number
  answers: { body: string }[]
  customer?: { name: string; level: string; area: string } | null
}

export interface WalkStep {
  kind: string
  flow?: string
  node?: string
  label?: string
  exit?: string
  text?: string
  prompts?: string[]
  variables?: Record<string, string>
}

export interface Walk {
  end: 'finished' | 'endless' | 'failed' | 'caller_hung_up' | 'awaits_keys'
  steps: WalkStep[]
  variables: Record<string, string>
}

const path = (id: string, rest = ''): string => `/api/flows/${encodeURIComponent(id)}${rest}`

export const readNodes = (): Promise<NodeCatalogue> => get('/api/flow-nodes')
export const readChoices = (): Promise<FlowChoices> => get('/api/flow-choices')
export const readTemplates = (): Promise<FlowTemplate[]> => get('/api/flow-templates')
export const listFlows = (): Promise<FlowRow[]> => get('/api/flows')
export const openFlow = (id: string): Promise<FlowState> => get(path(id))
export const createFlow = (wish: { label?: string; template?: string; copy_of?: string }): Promise<FlowState> => post('/api/flows', wish)
export const importFlow = (file: Blob): Promise<FlowState> => request('POST', '/api/flow-imports', { raw: file })
export const renameFlow = (id: string, label: string): Promise<FlowState> => patch(path(id), { label })
export const deleteFlow = (id: string): Promise<unknown> => remove(path(id))
export const saveDraft = (id: string, graph: FlowGraph, revision: number): Promise<FlowState> => put(path(id, '/draft'), { graph, revision })
export const discardDraft = (id: string): Promise<FlowState> => remove(path(id, '/draft'))
export const checkFlow = (id: string, graph: FlowGraph): Promise<FlowCheck> => post(path(id, '/check'), { graph })
export const walkFlow = (id: string, graph: FlowGraph, script: WalkScript): Promise<Walk> => post(path(id, '/walk'), { graph, script })
export const readChanges = (id: string, against?: number): Promise<FlowDifference> => get(path(id, `/changes${against === undefined ? '' : `?against=${against}`}`))
export const publishFlow = (id: string, revision: number, reason: string): Promise<FlowState> => post(path(id, '/publication'), { revision, reason })
export const listVersions = (id: string): Promise<FlowVersion[]> => get(path(id, '/versions'))
export const rollBack = (id: string, version: number, reason: string): Promise<FlowState> => post(path(id, '/roll-back'), { version, reason })
export const useFlowFor = (id: string, use: { default: boolean; lines: number[] }): Promise<FlowRow> => put(path(id, '/use'), use)
export const exportPath = (id: string): string => path(id, '/export')
