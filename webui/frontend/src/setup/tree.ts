/** Moving reasons about in their tree. Pure; a place is the indices from the root. */
import type { ReasonDraft } from '@/api/settings'

export type Place = readonly number[]

const begins = (place: Place, with_: Place): boolean => with_.every((at, level) => place[level] === at)

export function reasonAt(tree: ReasonDraft[], place: Place): ReasonDraft | undefined {
  return place.reduce<ReasonDraft | undefined>((above, at, level) => (level ? above?.children[at] : tree[at]), undefined)
}

function siblings(tree: ReasonDraft[], place: Place): ReasonDraft[] {
  return place.length > 1 ? (reasonAt(tree, place.slice(0, -1))?.children ?? []) : tree
}

export function removeAt(tree: ReasonDraft[], place: Place): ReasonDraft | undefined {
  return siblings(tree, place).splice(place[place.length - 1] ?? 0, 1)[0]
}

/** Put the reason at `from` before the one at `to`, or below it as its last. Never below itself; answers whether it moved. */
export function moveReason(tree: ReasonDraft[], from: Place, to: Place, how: 'before' | 'below'): boolean {
  if (begins(to, from)) return false
  const target = reasonAt(tree, to)
  const moved = removeAt(tree, from)
  if (!moved || !target) return false
  if (how === 'below') {
    target.children.push(moved)
    return true
  }
  const place = placeOf(tree, target)
  if (!place) return false
  siblings(tree, place).splice(place[place.length - 1] ?? 0, 0, moved)
  return true
}

function placeOf(tree: ReasonDraft[], wanted: ReasonDraft, above: Place = []): Place | null {
  for (const [index, reason] of tree.entries()) {
    if (reason === wanted) return [...above, index]
    const below = placeOf(reason.children, wanted, [...above, index])
    if (below) return below
  }
  return null
}

export interface Row {
  reason: ReasonDraft
  place: Place
  path: string
}

/** Every reason in the order of the screen; `path` as the server names its field. */
export function rowsOf(tree: ReasonDraft[], above: Place = [], path = ''): Row[] {
  return tree.flatMap((reason, index) => {
    const row = { reason, place: [...above, index], path: `${path}[${index}]` }
    return [row, ...rowsOf(reason.children, row.place, `${row.path}.children`)]
  })
}
