import { get, post, put, query, remove } from './client'

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
}

export type CustomerForm = Omit<Customer, 'id'>

export interface CustomerPage {
  rows: Customer[]
  next: number | null
}

export const listCustomers = (q: string, before: number | null, limit: number, signal?: AbortSignal): Promise<CustomerPage> =>
  get(`/api/customers${query({ q, limit, before })}`, signal)
export const createCustomer = (form: CustomerForm): Promise<Customer> => post('/api/customers', form)
export const changeCustomer = (id: number, form: CustomerForm): Promise<Customer> => put(`/api/customers/${id}`, form)
export const removeCustomer = (id: number): Promise<void> => remove(`/api/customers/${id}`)

export function emptyCustomer(): CustomerForm {
  return { name: '', code: '', card: '', numbers: [''], address: '', area: '', status: '', level: '', note: '' }
}
