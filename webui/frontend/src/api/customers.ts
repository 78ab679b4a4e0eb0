import type { CallRow, ExportState } from './calls'
import { get, inMyLanguage, myLanguage, post, put, query, remove, request } from './client'
import type { FollowUp } from './desk'

export interface Customer {
  id: number
  name: string
  code: string
  card: string
  numbers: string[]
  address: string
  area: string
  status: string
  level: string
  note: string
  /** Values of the bureau's own fields by their id. */
  custom: Record<string, string>
}

export type CustomerDraft = Omit<Customer, 'id'>

export interface CustomerPage {
  rows: Customer[]
  next: number | null
}

export interface CustomerFilter {
  text: string
  statuses: string[]
  levels: string[]
  areas: string[]
}

export type FieldKind = 'text' | 'number' | 'date' | 'choice' | 'flag'

export interface CustomerField {
  id: string
  label: string
  kind: FieldKind
  choices: string[]
  required: boolean
  in_list: boolean
  in_pop: boolean
  sensitive: boolean
}

export interface CustomerArea {
  label: string
  manager: string
}

export interface CustomerForm {
  revision: string
  form: { fields: CustomerField[]; statuses: string[]; levels: string[] }
  areas: CustomerArea[]
}

export interface CustomerBackground {
  calls: CallRow[]
  calls_count: number
  follow_ups: FollowUp[]
  similar: Customer[]
}

export type CustomerState = Omit<Customer, 'id'>

export interface ShownChange {
  change: { id: number; at: string; user_name: string; kind: 'created' | 'changed' | 'merged' | 'deleted' | 'undone'; import_id: string; before: CustomerState | null }
  after: CustomerState | null
}

export const listCustomers = (filter: string | CustomerFilter, before: number | null, limit: number, signal?: AbortSignal): Promise<CustomerPage> => {
  const { text, statuses, levels, areas } = typeof filter === 'string' ? { text: filter, statuses: [], levels: [], areas: [] } : filter
  return get(`/api/customers${query({ q: text, statuses: statuses.join(','), levels: levels.join(','), areas: areas.join(','), limit, before })}`, signal)
}
export const readCustomer = (id: number): Promise<Customer> => get(`/api/customers/${id}`)
export const createCustomer = (draft: CustomerDraft): Promise<Customer> => post('/api/customers', draft)
export const changeCustomer = (id: number, draft: CustomerDraft): Promise<Customer> => put(`/api/customers/${id}`, draft)
export const removeCustomer = (id: number): Promise<void> => remove(`/api/customers/${id}`)
export const readBackground = (id: number): Promise<CustomerBackground> => get(`/api/customers/${id}/background`)
export const readHistory = (id: number): Promise<ShownChange[]> => get(`/api/customers/${id}/history`)
export const mergeCustomers = (id: number, other: number, choices: Record<string, 'this' | 'other'>): Promise<Customer> =>
  post(`/api/customers/${id}/merge`, { other, choices })

export const readForm = (): Promise<CustomerForm> => get('/api/customer-form')
export const saveForm = (revision: string, form: CustomerForm['form']): Promise<CustomerForm> => put('/api/customer-form', { revision, form })
export const saveAreas = (revision: string, areas: CustomerArea[]): Promise<CustomerForm> => put('/api/customer-areas', { revision, areas })

export const startCustomerExport = (filter: CustomerFilter): Promise<ExportState & { id: string }> => post(`/api/customer-exports${inMyLanguage()}`, filter)
export const readCustomerExport = (id: string): Promise<ExportState> => get(`/api/customer-exports/${id}`)
export const cancelCustomerExport = (id: string): Promise<ExportState> => remove(`/api/customer-exports/${id}`)
export const customerExportFile = (id: string): string => `/api/customer-exports/${id}/file${inMyLanguage()}`

export type Verdict = 'new' | 'changed' | 'same' | 'skipped' | 'wrong'

export interface ImportTerms {
  targets: string[]
  known: 'skip' | 'update' | 'fill'
  drop_taken_numbers: boolean
  add_words: boolean
}

export interface ImportOutcome {
  id: string
  user_name: string
  file_name: string
  at: string
  state: 'running' | 'done' | 'stopped' | 'undone'
  total: number
  done: number
  added: number
  changed: number
  left_out: number
}

export interface ImportPreview {
  new: number
  changed: number
  same: number
  skipped: number
  wrong: number
  noted: number
  rows: { line: number; verdict: Verdict; state: CustomerState; before: CustomerState | null; reason: string }[]
  new_words: string[]
}

export interface ImportView {
  id: string
  about: { file_name: string; user_name: string; at: string }
  progress: { step: 'read' | 'check' | 'apply' | 'undo'; state: 'running' | 'done' | 'failed' | 'stopped'; done_rows: number; total_rows: number; text: string }
  outline: { form: string; sheet: string; heading_line: number; rows: number; columns: { heading: string; samples: string[]; guess: string }[] } | null
  terms: ImportTerms | null
  preview: ImportPreview | null
  outcome: ImportOutcome | null
}

const IMPORTS = '/api/customer-imports'
export const listImports = (): Promise<ImportOutcome[]> => get(IMPORTS)
export const uploadImport = (file: File): Promise<ImportView> => request('POST', `${IMPORTS}${query({ name: file.name.slice(-200) })}`, { raw: file })
export const readImport = (id: string): Promise<ImportView> => get(`${IMPORTS}/${id}`)
export const checkImport = (id: string, terms: ImportTerms): Promise<ImportView> => post(`${IMPORTS}/${id}/check`, { ...terms, language: myLanguage() })
export const runImport = (id: string): Promise<ImportView> => post(`${IMPORTS}/${id}/run`)
export const undoImport = (id: string): Promise<ImportView> => post(`${IMPORTS}/${id}/undo`)
export const stopImport = (id: string): Promise<ImportView> => remove(`${IMPORTS}/${id}`)
export const leftOutFile = (id: string): string => `${IMPORTS}/${id}/file${inMyLanguage()}`

export function emptyCustomer(): CustomerDraft {
  return { name: '', code: '', card: '', numbers: [''], address: '', area: '', status: '', level: '', note: '', custom: {} }
}
