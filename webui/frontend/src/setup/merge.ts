/** Two people changed the same thing: what each changed alone is taken, what both changed is a clash. Pure. */

type Json = unknown

interface Merged {
  value: Json
  /** How many members both changed differently; there the value is mine. */
  clashes: number
}

export const same = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other)

const isObject = (value: Json): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value)
const idOf = (item: Json): string => (isObject(item) ? String(item.id) : '')
const haveIds = (items: Json): items is Record<string, Json>[] => Array.isArray(items) && items.every((item) => isObject(item) && 'id' in item)

export function merge(base: Json, mine: Json, theirs: Json): Merged {
  if (same(mine, theirs) || same(theirs, base)) return { value: mine, clashes: 0 }
  if (same(mine, base)) return { value: theirs, clashes: 0 }
  if (isObject(base) && isObject(mine) && isObject(theirs)) return mergeMembers(base, mine, theirs)
  if (haveIds(base) && haveIds(mine) && haveIds(theirs)) return mergeItems(base, mine, theirs)
  return { value: mine, clashes: 1 }
}

function mergeMembers(base: Record<string, Json>, mine: Record<string, Json>, theirs: Record<string, Json>): Merged {
  let clashes = 0
  const value: Record<string, Json> = {}
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const member = merge(base[key], mine[key], theirs[key])
    clashes += member.clashes
    if (member.value !== undefined) value[key] = member.value
  }
  return { value, clashes }
}

function mergeItems(base: Record<string, Json>[], mine: Record<string, Json>[], theirs: Record<string, Json>[]): Merged {
  const byId = (items: Record<string, Json>[]): Record<string, Json> => Object.fromEntries(items.map((item) => [idOf(item), item]))
  const members = mergeMembers(byId(base), byId(mine), byId(theirs))
  const value = members.value as Record<string, Json>
  const order = [...mine.map(idOf), ...theirs.map(idOf).filter((id) => !mine.some((item) => idOf(item) === id))]
  return { value: order.filter((id) => id in value).map((id) => value[id]), clashes: members.clashes }
}
