/** What the node registry says, in the language of the reader. */
import type { ExitSpec, NodeKind, Schema } from '@/api/flows'
import { said } from '@/locale/said'

export const saidExit = (exit: ExitSpec): ExitSpec => ({ ...exit, label: said(exit.label) })

export function saidKind(kind: NodeKind): NodeKind {
  return { ...kind, group: said(kind.group), label: said(kind.label), help: said(kind.help), params: saidSchema(kind.params), exits: kind.exits.map(saidExit) }
}

/** Titles and descriptions of every field, however deep. */
function saidSchema(schema: Schema): Schema {
  const each = (parts: Record<string, Schema>): Record<string, Schema> => Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, saidSchema(part)]))
  return {
    ...schema,
    ...(schema.title !== undefined ? { title: said(schema.title) } : {}),
    ...(schema.description !== undefined ? { description: said(schema.description) } : {}),
    ...(schema.properties ? { properties: each(schema.properties) } : {}),
    ...(schema.$defs ? { $defs: each(schema.$defs) } : {}),
    ...(schema.items ? { items: saidSchema(schema.items) } : {}),
    ...(schema.anyOf ? { anyOf: schema.anyOf.map(saidSchema) } : {}),
  }
}
