import { download, get, post, put, query, remove } from './client'

export type Reach = 'commands' | 'shell'
export type SessionEnding = 'done' | 'closed' | 'expired' | 'left' | 'full' | 'torn'

export interface Relay {
  host: string
  port: number
  user: string
  host_key: string
  /** 0: the relay chooses. */
  listen_port: number
}

export interface SupportSession {
  start: { id: string; bearer: string; serial: number; began_at: string; reach: Reach; command: string }
  /** null: it goes on. */
  end: { ended_at: string; why: SessionEnding; exit_code: number | null } | null
  octets: number
}

export interface Support {
  /** Whether the box's services carry it; otherwise somebody has to do it by hand. */
  services: boolean
  /** Whether the vendor's key is on this box. */
  certified: boolean
  serial: string
  relay: Relay | null
  host_key: string
  tunnel_key: string
  grant: { id: string; opened_at: string; until: string; opened_by: string; reason: string; reach: Reach } | null
  left_s: number
  tunnel: { phase: 'connecting' | 'up' | 'down'; port: number; fault: string; since: string } | null
  sessions: SupportSession[]
  bundle: { making: boolean; made_at: string; text: string; parts: { name: string; octets: number }[] }
}

export interface SupportOrder {
  hours: number
  reason: string
  reach: Reach
}

export const readSupport = (): Promise<Support> => get('/api/support')
export const openSupport = (order: SupportOrder): Promise<Support> => post('/api/support', order)
export const closeSupport = (): Promise<Support> => remove('/api/support')
export const saveRelay = (relay: Relay): Promise<Support> => put('/api/support/relay', relay)
export const makeBundle = (): Promise<Support> => post('/api/support/bundle')
export const readPart = (part: string): Promise<{ text: string }> => get(`/api/support/bundle/part${query({ part })}`)
export const BUNDLE_URL = '/api/support/bundle'
export const readCast = async (session: string): Promise<string> => (await download(`/api/support/sessions/${session}`)).text()
