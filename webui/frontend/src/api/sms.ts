import { get, post, put, query } from './client'

export type SmsState = 'received' | 'queued' | 'sending' | 'retrying' | 'sent' | 'delivered' | 'undelivered' | 'failed'

export interface Sms {
  id: number
  sms_id: string
  incoming: boolean
  number: string
  text: string
  at: string
  state: SmsState
  /** That were paid for (or will be), or that it came in. */
  parts: number
  /** Parts that never came. */
  missing: number
  cost_yuan: number
  written_by: string
  failure: string
}

export interface Conversation {
  number: string
  customer_id: number | null
  customer_name: string
  last: Sms
  unread: number
}

export interface SmsModule {
  name: string
  line: number | null
  device: string
  maker: string
  model: string
  firmware: string
  imei: string
  number: string
  sim: string
  registered: boolean
  roaming: boolean
  operator: string
  signal_dbm: number | null
  kept: number
  room: number
  fault: string
}

export interface SmsHealth {
  modules: SmsModule[]
  /** Made up: nothing leaves the box. */
  simulated: boolean
  waiting: number
  parts_today: number
  cost_today_yuan: number
}

export interface SmsRules {
  parts_per_minute: number
  parts_per_day: number
  most_parts: number
  price_yuan: number
}

export interface ConversationPage {
  rows: Conversation[]
  next: number | null
  unread: number
  engine_up: boolean
  /** None: the box has no module. */
  health: SmsHealth | null
  rules: SmsRules
}

export interface Thread {
  number: string
  customer_id: number | null
  customer_name: string
  /** Newest first. */
  rows: Sms[]
  next: number | null
}

export interface SmsTemplate {
  name: string
  text: string
}

export interface SmsFilter {
  search: string
  unread: boolean
  /** Only this customer's. */
  customer: number | null
}

export const listConversations = (filter: SmsFilter, before: number | null, limit: number, signal?: AbortSignal): Promise<ConversationPage> =>
  get(`/api/sms${query({ search: filter.search.trim() || null, unread: filter.unread ? 'true' : null, customer: filter.customer, before, limit })}`, signal)
export const readThread = (message: number, before: number | null, limit: number, signal?: AbortSignal): Promise<Thread> =>
  get(`/api/sms/${message}${query({ before, limit })}`, signal)
export const sendSms = (draft: { text: string; number?: string; reply_to?: number }): Promise<{ sms_id: string }> => post('/api/sms', draft)
export const markRead = (message: number): Promise<unknown> => post(`/api/sms/${message}/read`)
export const readTemplates = (): Promise<SmsTemplate[]> => get('/api/sms/templates')
export const writeTemplates = (templates: SmsTemplate[]): Promise<SmsTemplate[]> => put('/api/sms/templates', templates)
export const receiveSimulated = (number: string, text: string): Promise<unknown> => post('/api/sms/simulated', { number, text })
