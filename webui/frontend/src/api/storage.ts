import { get, post, put } from './client'
import type { CallRow } from './calls'

export interface StorageRules {
  warn_free_mb: number
  clean_free_mb: number
  stop_free_mb: number
  keep_days: number
  evidence_days: number
  check_at: string
}

export interface Disk {
  total_mb: number
  free_mb: number
  recordings: number
  recorded_hours: number
  recordings_mb: number
  day_mb: number
  days_left: number | null
  level: 'good' | 'warn' | 'clean' | 'stop'
  text: string
}

export interface Finding {
  kind: string
  path: string
  text: string
  call_id: string
  repaired: boolean
}

export interface Outage {
  since: string
  until: string
  orderly: boolean
}

export interface CheckRun {
  began_at: string
  ended_at: string
  outcome: {
    recordings: number
    verified: number
    verified_hours: number
    without_chain: number
    ledger_lines: number
    head: string
    findings: Finding[]
    finding_count: number
    outages: Outage[]
    complete: boolean
  }
}

export interface CleanRun {
  began_at: string
  ended_at: string
  outcome: {
    by_age: number
    by_space: number
    evidence: number
    freed_mb: number
    free_before_mb: number
    free_after_mb: number
    short: boolean
    complete: boolean
  }
}

export interface Progress {
  kind: RunKind
  began_at: string
  done: number
  total: number
}

export type RunKind = 'check' | 'clean'

export interface Storage {
  disk: Disk
  rules: StorageRules
  /** The mark in force: that of the rules or, where they have none, of the settings. */
  stop_free_mb: number
  running: Progress | null
  last_check: CheckRun | null
  last_clean: CleanRun | null
  locked: CallRow[]
}

export const readStorage = (): Promise<Storage> => get('/api/storage')
export const saveRules = (rules: StorageRules): Promise<StorageRules> => put('/api/storage/rules', rules)
export const startRun = (kind: RunKind, everything = false): Promise<unknown> => post('/api/storage/runs', { kind, everything })
