import { get, post, put, remove, sendFile } from './client'

export interface Place {
  kind: 'none' | 'disk' | 'sftp' | 'smb'
  disk: string
  host: string
  port: number
  share: string
  folder: string
  user: string
  password: string
  host_key: string
}

export interface BackupPlan {
  place: Place
  nightly: boolean
  at: string
  keep: number
  sounds: boolean
  password: string
}

export type RunKind = 'backup' | 'check' | 'restore' | 'download'

export interface RunNote {
  kind: RunKind
  began_at: string
  ended_at: string
  good: boolean
  text: string
  name: string
  size: number
}

export interface Ready {
  made_at: string
  bureau: string
  version: string
  calls: number
  customers: number
  sounds: boolean
}

export interface Backups {
  plan: BackupPlan
  disks: string[]
  runs: RunNote[]
  running: { kind: RunKind; done: number; total: number } | null
  ready: Ready | null
  switching: boolean
  switched: { at: string; made_at: string } | null
  old_bytes: number
  /** A PostgreSQL server has the database. */
  database_apart: boolean
}

export interface BackupFile {
  name: string
  size: number
  made_at: string
  bureau: string
  version: string
  calls: number
  customers: number
  sounds: boolean
  trouble: string
  locked: boolean
}

export interface Catalogue {
  backups: BackupFile[]
  free_bytes: number | null
}

export const DOWNLOAD = '/api/backups/download'
export const readBackups = (): Promise<Backups> => get('/api/backups')
export const saveBackupPlan = (plan: BackupPlan): Promise<Backups> => put('/api/backups/plan', plan)
export const tryTarget = (): Promise<Backups> => post('/api/backups/trial')
export const readCatalogue = (): Promise<Catalogue> => get('/api/backups/catalogue')
export const runBackup = (): Promise<Backups> => post('/api/backups/runs', { kind: 'backup' })
export const checkBackup = (name: string): Promise<Backups> => post('/api/backups/runs', { kind: 'check', name })
export const stopRun = (): Promise<Backups> => remove('/api/backups/runs')
export const prepareBackup = (name: string, password: string): Promise<Backups> => post('/api/backups/preparation', { name, password })
export const discardPrepared = (): Promise<Backups> => remove('/api/backups/preparation')
export const switchData = (): Promise<Backups> => post('/api/backups/switch')
export const uploadBackup = (file: Blob, progress: (done: number) => void, signal: AbortSignal): Promise<Backups | null> => sendFile('/api/backups/file', file, progress, signal)
