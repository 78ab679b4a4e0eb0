import { get, post, put, query, remove } from './client'

export const SCOPES = [
  'calls:read', 'calls:originate', 'recordings:read', 'customers:read', 'customers:write', 'agents:read', 'agents:write', 'events', 'hooks', 'metrics:read',
] as const
export type KeyScope = (typeof SCOPES)[number]
export const DIALLING = ['local', 'mobile', 'long_distance', 'international'] as const
export type DialClass = (typeof DIALLING)[number]
export const TOPICS = ['records', 'calls', 'agents', 'queues', 'lines', 'alarms'] as const
export type Topic = (typeof TOPICS)[number]

export interface Reach {
  everything: boolean
  agents: string[]
  areas: string[]
  unassigned: boolean
}

export interface KeyTerms {
  label: string
  scopes: KeyScope[]
  /** Addresses it may come from; empty: from everywhere. */
  networks: string[]
  /** Last day; null: for ever. */
  expires_on: string | null
  reach: Reach
  full_numbers: boolean
  dial: DialClass[]
  per_minute: number
}

export interface ApiKey {
  id: number
  hint: string
  terms: KeyTerms
  created_at: string
  created_by: string
  last_used_at: string
  last_address: string
  revoked_at: string
}

export interface HookTerms {
  label: string
  url: string
  topics: Topic[]
  full_numbers: boolean
  active: boolean
}

export interface Hook {
  id: number
  terms: HookTerms
  secret: string
  paused: string
  failing_since: number
  tries: number
  last_error: string
  last_ok_at: string
  behind: number
}

export interface Delivery {
  ok: boolean
  status: number
  text: string
  took_ms: number
}

export interface LogEntry {
  id: number
  at: string
  kind: 'http' | 'stream' | 'hook'
  who: string
  address: string
  what: string
  status: number
  note: string
  took_ms: number
}

export interface Doors {
  stream_host: string
  stream_port: number
  trouble: string
  connected: number
  most_connected: number
  hook_targets: string[]
}

const BASE = '/api/interfaces'
export const getDoors = (): Promise<Doors> => get(BASE)
export const listKeys = (): Promise<ApiKey[]> => get(`${BASE}/keys`)
export const createKey = (terms: KeyTerms): Promise<{ key: ApiKey; secret: string }> => post(`${BASE}/keys`, terms)
export const changeKey = (id: number, terms: KeyTerms): Promise<ApiKey> => put(`${BASE}/keys/${id}`, terms)
export const revokeKey = (id: number): Promise<ApiKey> => post(`${BASE}/keys/${id}/revoke`)
export const listHooks = (): Promise<Hook[]> => get(`${BASE}/hooks`)
export const createHook = (terms: HookTerms): Promise<Hook> => post(`${BASE}/hooks`, terms)
export const changeHook = (id: number, terms: HookTerms): Promise<Hook> => put(`${BASE}/hooks/${id}`, terms)
export const deleteHook = (id: number): Promise<unknown> => remove(`${BASE}/hooks/${id}`)
export const testHook = (id: number): Promise<Delivery> => post(`${BASE}/hooks/${id}/test`)
export const resumeHook = (id: number, skip: boolean): Promise<Hook> => post(`${BASE}/hooks/${id}/resume`, { skip })
export const setHookTargets = (networks: string[]): Promise<{ networks: string[] }> => put(`${BASE}/hook-targets`, { networks })
export const listLog = (failed: boolean, before?: number): Promise<LogEntry[]> => get(`${BASE}/log${query({ failed: failed ? 'true' : null, before, limit: 100 })}`)
