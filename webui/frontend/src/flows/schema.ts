/** The fields of a form, read from the JSON schema of a node's parameters. */
import type { Schema } from '@/api/flows'

export type FieldKind = 'text' | 'number' | 'switch' | 'enum' | 'key' | 'choose' | 'chooseMany' | 'list'

export interface Field {
  name: string
  title: string
  help: string
  kind: FieldKind
  required: boolean
  nullable: boolean
  fallback: unknown
  whole: boolean
  least?: number
  most?: number
  longest?: number
  /** Values of an `enum`. */
  options: string[]
  /** What a `choose` offers. */
  offers: string
  /** `{name}` stands for a value of the call. */
  values: boolean
  /** Fields of each item of a `list`. */
  items: Field[]
}

export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#']
const ONE_KEY = '^[0-9*#]$'

export function fieldsOf(params: Schema): Field[] {
  const defs = params.$defs ?? {}
  return properties(resolved(params, defs), defs)
}

function properties(schema: Schema, defs: Record<string, Schema>): Field[] {
  return Object.entries(schema.properties ?? {}).map(([name, part]) => fieldOf(name, part, schema.required?.includes(name) ?? false, defs))
}

function resolved(schema: Schema, defs: Record<string, Schema>): Schema {
  if (!schema.$ref) return schema
  const { $ref, ...own } = schema
  return { ...defs[$ref.split('/').at(-1) ?? ''], ...own }
}

function fieldOf(name: string, part: Schema, required: boolean, defs: Record<string, Schema>): Field {
  const some = part.anyOf?.find((one) => one.type !== 'null')
  const schema = { ...resolved(some ?? part, defs), ...(some ? { title: part.title, description: part.description, default: part.default } : {}) }
  const items = schema.items ? resolved(schema.items, defs) : {}
  const own = part.description !== undefined || !part.$ref
  return {
    name,
    title: schema.title ?? name,
    help: own ? (part.description ?? '') : '',
    kind: kindOf(schema, items),
    required,
    nullable: part.anyOf?.some((one) => one.type === 'null') ?? false,
    fallback: schema.default,
    whole: schema.type === 'integer',
    least: schema.minimum,
    most: schema.maximum,
    longest: schema.type === 'array' ? schema.maxItems : schema.maxLength,
    options: (schema.enum ?? []).map(String),
    offers: schema['x-choose'] ?? items['x-choose'] ?? '',
    values: schema['x-values'] ?? false,
    items: items.properties ? properties(items, defs) : [],
  }
}

function kindOf(schema: Schema, items: Schema): FieldKind {
  if (schema.type === 'array') return items.properties ? 'list' : 'chooseMany'
  if (schema.enum) return 'enum'
  if (schema['x-choose']) return 'choose'
  if (schema.type === 'boolean') return 'switch'
  if (schema.type === 'integer' || schema.type === 'number') return 'number'
  return schema.pattern === ONE_KEY ? 'key' : 'text'
}

/** A new item of a list: its defaults, and something to begin with where there is none. */
export function freshItem(fields: Field[], others: unknown[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.name, field.fallback !== undefined ? structuredClone(field.fallback) : beginning(field, others)]))
}

function beginning(field: Field, others: unknown[]): unknown {
  const taken = new Set(others.map((one) => String((one as Record<string, unknown>)[field.name] ?? '')))
  if (field.kind === 'key') return KEYS.find((key) => !taken.has(key)) ?? '1'
  if (field.kind === 'enum') return field.options[0] ?? ''
  if (field.kind === 'number') return field.least ?? 0
  if (field.kind === 'switch') return false
  if (field.kind === 'chooseMany' || field.kind === 'list') return []
  if (field.name === 'exit' || field.name === 'result' || field.name === 'variable') {
    let number = others.length + 1
    while (taken.has(`${field.name}${number}`)) number += 1
    return `${field.name}${number}`
  }
  return ''
}
