import { get, post, put } from './client'

export interface StaffMember {
  id: number
  login: string
  name: string
  roles: string[]
  agent: string | null
  active: boolean
}

export interface StaffForm {
  login: string
  name: string
  roles: string[]
  agent: string | null
  /** null keeps the old one. */
  password: string | null
  active: boolean
}

export interface Role {
  id: string
  label: string
}

export const listRoles = (): Promise<Role[]> => get('/api/roles')
export const listUsers = (): Promise<StaffMember[]> => get('/api/users')
export const createUser = (form: StaffForm): Promise<StaffMember> => post('/api/users', form)
export const changeUser = (id: number, form: StaffForm): Promise<StaffMember> => put(`/api/users/${id}`, form)
