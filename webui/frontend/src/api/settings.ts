/** Parts of the call plan, and what their pages look up. */
import { get, put } from './client'

/** What JSON schema says of one field, as far as forms use it. */
export interface FieldForm {
  type?: string
  default?: unknown
  minimum?: number
  maximum?: number
  maxLength?: number
  enum?: string[]
  anyOf?: FieldForm[]
  items?: FieldForm
  properties?: Record<string, FieldForm>
  $ref?: string
  $defs?: Record<string, FieldForm>
}

export interface PlanPart<Value> {
  revision: string
  value: Value
  form: FieldForm
  changeable: string[]
}

export const readPart = <Value>(name: string): Promise<PlanPart<Value>> => get(`/api/plan/${name}`)
export const writePart = <Value>(name: string, revision: string, value: Value): Promise<PlanPart<Value>> =>
  put(`/api/plan/${name}`, { revision, value })

export interface StaffName {
  agent: string
  name: string
}

export interface HolidayYear {
  year: number
  official: boolean
  closed_on: string[]
  open_on: string[]
}

export interface ReasonDraft {
  id: number | null
  label: string
  active: boolean
  children: ReasonDraft[]
}

export const listStaff = (): Promise<StaffName[]> => get('/api/staff')
export const listHolidays = (): Promise<HolidayYear[]> => get('/api/holidays')
export const readReasonTree = (): Promise<{ revision: string; tree: ReasonDraft[] }> => get('/api/reason-tree')
export const writeReasonTree = (revision: string, tree: ReasonDraft[]): Promise<{ revision: string; tree: ReasonDraft[] }> =>
  put('/api/reason-tree', { revision, tree })
