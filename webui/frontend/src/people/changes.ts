/** What an entry of the operation log changed, field by field. */
import { stop } from '@/locale/said'
export interface Change {
  field: string
  before: string
  after: string
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

function read(text: string): Json | undefined {
  if (!text) return undefined
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

const isObject = (value: Json | undefined): value is { [name: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields that differ; lists of words as what came and what went. Entries that are no JSON objects have one, unnamed. */
export function changesOf(before: string, after: string): Change[] {
  const was = read(before)
  const is = read(after)
  if (!isObject(was) && !isObject(is)) return before || after ? [{ field: '', before: shown(was ?? before), after: shown(is ?? after) }] : []
  const old = isObject(was) ? was : {}
  const fresh = isObject(is) ? is : {}
  const one = was === undefined || is === undefined
  return [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
    .filter((field) => !same(old[field], fresh[field]) && !(one && isEmpty(old[field]) && isEmpty(fresh[field])))
    .map((field) => ({ field, ...pair(old[field], fresh[field]) }))
}

const same = (one: Json | undefined, other: Json | undefined): boolean => JSON.stringify(one) === JSON.stringify(other)
const isEmpty = (value: Json | undefined): boolean => value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length)

function pair(was: Json | undefined, is: Json | undefined): { before: string; after: string } {
  if (Array.isArray(was) && Array.isArray(is)) {
    const gone = was.filter((each) => !is.some((other) => same(each, other)))
    const come = is.filter((each) => !was.some((other) => same(each, other)))
    if (gone.length || come.length) return { before: shown(gone), after: shown(come) }
  }
  return { before: shown(was), after: shown(is) }
}

function shown(value: Json | undefined): string {
  if (value === undefined || value === null || value === '') return ''
  if (Array.isArray(value)) return value.map(shown).join(stop('、'))
  if (typeof value === 'object') return Object.entries(value).filter(([, each]) => !isEmpty(each)).map(([name, each]) => `${name}=${shown(each)}`).join(' ')
  return String(value)
}
