import { get, put, remove } from './client'

export interface LanAddress {
  interface: string
  method: 'dhcp' | 'static'
  address: string
  prefix: number
  gateway: string
  dns: string[]
}

export interface Network {
  /** Whether the box may set its address; otherwise its operating system does. */
  managed: boolean
  interfaces: string[]
  name: string
  addresses: string[]
  phase: 'idle' | 'waiting' | 'kept' | 'returned' | 'refused'
  wanted: LanAddress | null
  in_force: LanAddress | null
  left_s: number | null
  text: string
}

export interface Clock {
  managed: boolean
  now: string
  synchronised: boolean
  servers: string[]
  hardware_clock: boolean
  raised_from: string | null
  raised_to: string | null
  text: string
}

export interface Certificate {
  subject: string
  issuer: string
  names: string[]
  valid_from: string
  valid_to: string
  fingerprint: string
}

export interface TlsChoice {
  redirect: boolean
  names: string[]
}

export interface Tls {
  /** 0: the box does not listen for https. */
  port: number
  imported: boolean
  certificate: Certificate | null
  authority: Certificate | null
  choice: TlsChoice
  /** This page came by https. */
  secure: boolean
}

export const AUTHORITY_FILE = '/api/tls/authority.crt'
/** Whoever is cut off by a new address learns it soon: nothing answers there. */
const HEARD_WITHIN_MS = 4000
export const readNetwork = (): Promise<Network> => get('/api/network', AbortSignal.timeout(HEARD_WITHIN_MS))
export const setAddress = (wanted: LanAddress): Promise<{ token: string; within_s: number }> => put('/api/network', wanted)
export const readClock = (): Promise<Clock> => get('/api/clock')
export const setClock = (order: { at?: string; servers?: string[] }): Promise<Clock> => put('/api/clock', order)
export const readTls = (): Promise<Tls> => get('/api/tls')
export const chooseTls = (choice: TlsChoice): Promise<Tls> => put('/api/tls', choice)
export const importCertificate = (certificate: string, key: string): Promise<Tls> => put('/api/tls/certificate', { certificate, key })
export const dropCertificate = (): Promise<Tls> => remove('/api/tls/certificate')
