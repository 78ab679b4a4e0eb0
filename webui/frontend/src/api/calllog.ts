import { get, patch, post, put, query, remove } from './client'
import type { CallRow } from './calls'
import type { CallSearch } from '@/calls/search'

/** The order of the list; newest first is the one without members. */
export interface CallOrder {
  by?: string
  ascending?: boolean
}

export interface SearchTerms {
  name: string
  search: CallSearch
  order: CallOrder
  shared: boolean
}

export interface SavedSearch {
  id: number
  user_id: number
  user_name: string
  terms: SearchTerms
}

export interface ShownColumn {
  id: string
  width_px: number
}

export interface RecentSearch {
  search: CallSearch
  order: CallOrder
}

/** How one person wants the list of calls. */
export interface ListView {
  columns: ShownColumn[]
  default_search: number | null
  recent: RecentSearch[]
}

export interface CallChoices {
  agents: { agent: string; name: string }[]
  units: { id: number; parent: number | null; label: string }[]
  statuses: string[]
  levels: string[]
  areas: string[]
  ticket_kinds: string[]
  ticket_statuses: string[]
}

export interface Printout {
  rows: CallRow[]
  count: number
  at: string
  by: string
}

/** Members of an address that asks for these calls in this order. */
export const asked = (search: CallSearch, order: CallOrder): Record<string, string | undefined> => ({
  search: JSON.stringify(search), order_by: order.by, ascending: order.ascending ? 'true' : undefined,
})

export const countCalls = (search: CallSearch, signal?: AbortSignal): Promise<{ count: number }> =>
  get(`/api/call-count${query({ search: JSON.stringify(search) })}`, signal)
export const printCalls = (search: CallSearch, order: CallOrder): Promise<Printout> => get(`/api/call-print${query(asked(search, order))}`)
export const readChoices = (): Promise<CallChoices> => get('/api/call-choices')
export const readView = (): Promise<ListView> => get('/api/call-view')
export const keepView = (view: ListView): Promise<ListView> => put('/api/call-view', view)
export const listSearches = (): Promise<SavedSearch[]> => get('/api/saved-searches')
export const addSearch = (terms: SearchTerms): Promise<SavedSearch> => post('/api/saved-searches', terms)
export const changeSearch = (id: number, terms: SearchTerms): Promise<SavedSearch> => put(`/api/saved-searches/${id}`, terms)
export const arrangeSearches = (ids: number[]): Promise<SavedSearch[]> => patch('/api/saved-searches', { ids })
export const deleteSearch = (id: number): Promise<void> => remove(`/api/saved-searches/${id}`)
