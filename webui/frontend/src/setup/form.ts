/** What a JSON schema says of the fields of a form. Pure. */
import type { FieldForm } from '@/api/settings'

/** The schema that a reference names. */
function found(form: FieldForm, root: FieldForm): FieldForm {
  if (!form.$ref) return form
  const name = form.$ref.split('/').pop() ?? ''
  const { $ref: _, ...own } = form
  return { ...(root.$defs?.[name] ?? {}), ...own }
}

/** A choice of something or nothing is that something. */
function chosen(form: FieldForm, root: FieldForm): FieldForm {
  if (!form.anyOf) return found(form, root)
  const some = form.anyOf.map((each) => found(each, root)).find((each) => each.type !== 'null') ?? {}
  return { ...some, default: form.default }
}

/** Fields of an object, or of the items of a list. */
export function propertiesOf(form: FieldForm, root: FieldForm = form): Record<string, FieldForm> {
  const whole = chosen(form, root)
  const object = whole.type === 'array' && whole.items ? chosen(whole.items, root) : whole
  return Object.fromEntries(Object.entries(object.properties ?? {}).map(([name, field]) => [name, chosen(field, root)]))
}

/** A new item with every default. */
export function blankOf(fields: Record<string, FieldForm>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field.default !== undefined).map(([name, field]) => [name, structuredClone(field.default)]))
}

/** An id that nothing in the list has yet. */
export function freshId(taken: readonly string[], stem: string): string {
  for (let n = 1; ; n += 1) if (!taken.includes(`${stem}${n}`)) return `${stem}${n}`
}
