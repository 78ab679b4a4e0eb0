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

/** What a value of a field is called. */
export type Word = (field: string, value: string) => string

/** Fields that differ; lists of words as what came and what went. Entries that are no JSON objects have one, unnamed. */
export function changesOf(before: string, after: string, word: Word = (_, value) => value): Change[] {
  const was = read(before)
  const is = read(after)
  if (!isObject(was) && !isObject(is)) return before || after ? [{ field: '', before: shown('', was ?? before, word), after: shown('', is ?? after, word) }] : []
  const old = isObject(was) ? was : {}
  const fresh = isObject(is) ? is : {}
  const one = was === undefined || is === undefined
  return [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
    .filter((field) => !same(old[field], fresh[field]) && !(one && isEmpty(old[field]) && isEmpty(fresh[field])))
    .map((field) => ({ field, ...pair(field, old[field], fresh[field], word) }))
}

const same = (one: Json | undefined, other: Json | undefined): boolean => JSON.stringify(one) === JSON.stringify(other)
const isEmpty = (value: Json | undefined): boolean => value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length)

function pair(field: string, was: Json | undefined, is: Json | undefined, word: Word): { before: string; after: string } {
  if (Array.isArray(was) && Array.isArray(is)) {
    const gone = was.filter((each) => !is.some((other) => same(each, other)))
    const come = is.filter((each) => !was.some((other) => same(each, other)))
    if (gone.length || come.length) return { before: shown(field, gone, word), after: shown(field, come, word) }
  }
  return { before: shown(field, was, word), after: shown(field, is, word) }
}

function shown(field: string, value: Json | undefined, word: Word): string {
  if (value === undefined || value === null || value === '') return ''
  if (Array.isArray(value)) return value.map((each) => shown(field, each, word)).join(stop('、'))
  if (typeof value === 'object') return Object.entries(value).filter(([, each]) => !isEmpty(each)).map(([name, each]) => `${word('', name)}=${shown(name, each, word)}`).join(' ')
  return word(field, String(value))
}
