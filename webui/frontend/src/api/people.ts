import { get, myLanguage, post, put, query, remove } from './client'

export type UnitKind = 'organisation' | 'department' | 'team'
export type PolicyObject = 'call' | 'recording' | 'voicemail' | 'customer' | 'ticket' | 'report'
export type Level = 'own' | 'team' | 'department' | 'organisation' | 'units' | 'areas'
export type MaskedField = 'number' | 'id_number' | 'address'

export interface Unit {
  id: number
  parent: number | null
  kind: UnitKind
  label: string
  active: boolean
}

export interface UnitForm {
  label: string
  kind: UnitKind
  parent: number | null
  active: boolean
}

export interface Member {
  id: number
  login: string
  name: string
  roles: string[]
  agent: string | null
  unit: number | null
  active: boolean
}

export interface MemberForm {
  login: string
  name: string
  roles: string[]
  agent: string | null
  unit: number | null
  active: boolean
}

export interface Slip {
  login: string
  name: string
  password: string
}

export interface DataPolicy {
  object: PolicyObject
  level: Level
  units: number[]
  areas: string[]
  masked: MaskedField[]
}

export interface RoleForm {
  label: string
  permissions: string[]
  policies: DataPolicy[] | null
}

export interface Role {
  id: string
  label: string
  permissions: string[]
  built_in: boolean
  changed: boolean
  policies: DataPolicy[]
}

export interface Permission {
  id: string
  label: string
  description: string
  area: string
  risk: number
  scoped: boolean
  /** False: what it is for is not in this version. */
  in_use: boolean
}

export interface SessionRow {
  id: string
  user: number
  user_name: string
  login: string
  began_at: string
  seen_at: string
  address: string
  browser: string
  mine: boolean
}

export interface Lockout {
  kind: 'account' | 'address'
  name: string
  wait_s: number
}

export interface AuditRow {
  id: number
  at: string
  user_id: number | null
  user_name: string
  address: string
  action: string
  subject: string
  subject_id: string
  before: string
  after: string
}

export interface AuditSearch {
  user: number | null
  action: string
  subject: string
  since: string
  until: string
  text: string
}

export interface AuditChoices {
  actions: string[]
  people: { id: number; name: string }[]
  /** By id, also of what was retired or deleted. */
  names: { roles: Record<string, string>; units: Record<string, string>; users: Record<string, string> }
}

export const confirmPassword = (password: string): Promise<void> => post('/api/confirmation', { password })
export const getTree = (): Promise<{ units: Unit[]; members: Member[]; areas: string[] }> => get('/api/units')
export const addUnit = (form: UnitForm): Promise<Unit> => post('/api/units', form)
export const changeUnit = (id: number, form: UnitForm): Promise<Unit> => put(`/api/units/${id}`, form)
export const removeUnit = (id: number): Promise<void> => remove(`/api/units/${id}`)
export const arrangeUnits = (parent: number | null, order: number[]): Promise<void> => put('/api/units', { parent, order })
export const addMember = (form: MemberForm): Promise<Member & { password: string }> => post('/api/users', form)
export const changeMember = (id: number, form: MemberForm): Promise<Member> => put(`/api/users/${id}`, form)
export const moveMember = (id: number, unit: number | null): Promise<Member> => put(`/api/users/${id}/unit`, { unit })
export const resetPassword = (id: number): Promise<Slip> => post(`/api/users/${id}/password`)
export const signOutMember = (id: number): Promise<void> => post(`/api/users/${id}/sign-out`)
export const personalPolicies = (id: number): Promise<{ policies: DataPolicy[] }> => get(`/api/users/${id}/policies`)
export const setPersonalPolicies = (id: number, policies: DataPolicy[]): Promise<unknown> => put(`/api/users/${id}/policies`, { policies })
export const listRoles = (): Promise<Role[]> => get('/api/roles')
export const addRole = (form: RoleForm): Promise<Role> => post('/api/roles', form)
export const changeRole = (id: string, form: RoleForm): Promise<Role> => put(`/api/roles/${encodeURIComponent(id)}`, form)
export const removeRole = (id: string): Promise<void> => remove(`/api/roles/${encodeURIComponent(id)}`)
export const resetRole = (id: string): Promise<Role> => post(`/api/roles/${encodeURIComponent(id)}/reset`)
export const listPermissions = (): Promise<Permission[]> => get('/api/permissions')
export const listSessions = (everybody: boolean): Promise<SessionRow[]> => get(`/api/sessions${everybody ? '?everybody=true' : ''}`)
export const endSession = (id: string): Promise<void> => remove(`/api/sessions/${id}`)
export const listLockouts = (): Promise<Lockout[]> => get('/api/lockouts')
export const unlock = (kind: string, name: string): Promise<Lockout[]> => post('/api/lockouts', { kind, name })
export const auditChoices = (): Promise<AuditChoices> => get('/api/audit/choices')
export const listAudit = (search: AuditSearch, before: number | null): Promise<{ rows: AuditRow[]; next: number | null }> =>
  get(`/api/audit${query({ ...search, before, limit: 50 })}`)
export const auditFile = (search: AuditSearch): string => `/api/audit/file${query({ ...search, language: myLanguage() })}`
