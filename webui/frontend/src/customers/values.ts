import type { Customer, CustomerField, CustomerState } from '@/api/customers'
import { stop } from '@/locale/said'

export const TEXT_FIELDS = ['name', 'code', 'card', 'address', 'area', 'status', 'level', 'note'] as const
export type TextField = (typeof TEXT_FIELDS)[number]

/** A value of an own field as people read it. */
export function shownValue(field: CustomerField, value: string | undefined, yes: string, no: string): string {
  if (field.kind === 'flag') return value ? yes : no
  return value ?? ''
}

export interface Difference {
  /** Key of the words `customer.<field>`, or empty for an own field. */
  field: string
  label: string
  before: string
  after: string
}

/** What differs between two states, in the order of the form; a field that is gone is named by its id. */
export function differences(before: CustomerState | null, after: CustomerState | null, fields: readonly CustomerField[]): Difference[] {
  const found: Difference[] = []
  const add = (field: string, label: string, old: string, now: string): void => {
    if (old !== now) found.push({ field, label, before: old, after: now })
  }
  for (const name of TEXT_FIELDS) add(name, '', before?.[name] ?? '', after?.[name] ?? '')
  add('numbers', '', before?.numbers.join(stop('、')) ?? '', after?.numbers.join(stop('、')) ?? '')
  const ids = new Set([...fields.map((field) => field.id), ...Object.keys(before?.custom ?? {}), ...Object.keys(after?.custom ?? {})])
  for (const id of ids) add('', fields.find((field) => field.id === id)?.label ?? id, before?.custom[id] ?? '', after?.custom[id] ?? '')
  return found
}

/** Own fields of which the two disagree. */
export function customIds(one: Customer, other: Customer): string[] {
  return [...new Set([...Object.keys(one.custom), ...Object.keys(other.custom)])].filter((id) => one.custom[id] && other.custom[id] && one.custom[id] !== other.custom[id])
}
