import type { Member, Unit, UnitKind } from '@/api/people'

/** A unit of the organisation or somebody in it. `key` tells both apart. */
export interface TreeNode {
  key: string
  label: string
  unit?: Unit
  member?: Member
  /** People here and below who are active. */
  count: number
  children: TreeNode[]
}

export const KINDS: readonly UnitKind[] = ['organisation', 'department', 'team']
const BELOW: Record<UnitKind, readonly UnitKind[]> = {
  organisation: KINDS,
  department: ['department', 'team'],
  team: [],
}

/** What may stand directly below a unit; anything at the top. */
export const kindsBelow = (parent: UnitKind | null): readonly UnitKind[] => (parent ? BELOW[parent] : KINDS)

/** The tree as it is shown; people stand before the units of the same unit. Retired units only when asked for. */
export function treeOf(units: readonly Unit[], members: readonly Member[], retired: boolean): TreeNode[] {
  const shown = units.filter((unit) => unit.active || retired)
  const below = (parent: number | null): TreeNode[] =>
    shown.filter((unit) => unit.parent === parent).map((unit) => {
      const people = members.filter((member) => member.unit === unit.id && member.active).map(personNode)
      const inside = below(unit.id)
      const count = people.length + inside.reduce((sum, node) => sum + node.count, 0)
      return { key: `u${unit.id}`, label: unit.label, unit, count, children: [...people, ...inside] }
    })
  return below(null)
}

const personNode = (member: Member): TreeNode => ({ key: `p${member.id}`, label: member.name, member, count: 1, children: [] })

/** Ids of a unit and all below it. */
export function withBelow(units: readonly Unit[], id: number): Set<number> {
  const found = new Set([id])
  let grown = true
  while (grown) {
    grown = false
    for (const unit of units) {
      if (unit.parent !== null && found.has(unit.parent) && !found.has(unit.id)) {
        found.add(unit.id)
        grown = true
      }
    }
  }
  return found
}

/** Whether what is dragged may be put there; the server checks it again. */
export function mayDrop(dragged: TreeNode, onto: TreeNode, how: 'prev' | 'inner' | 'next', units: readonly Unit[]): boolean {
  if (!onto.unit) return false
  if (dragged.member) return how === 'inner' && onto.unit.active && dragged.member.unit !== onto.unit.id
  if (!dragged.unit || withBelow(units, dragged.unit.id).has(onto.unit.id)) return false
  const parentId = how === 'inner' ? onto.unit.id : onto.unit.parent
  const parent = units.find((unit) => unit.id === parentId) ?? null
  return (parent?.active ?? true) && kindsBelow(parent?.kind ?? null).includes(dragged.unit.kind)
}

/** `铜陵广电 / 客服部 / 一班`. */
export function pathOf(units: readonly Unit[], id: number | null): string {
  const names: string[] = []
  for (let unit = units.find((each) => each.id === id); unit && names.length < 20; unit = units.find((each) => each.id === unit?.parent)) names.unshift(unit.label)
  return names.join(' / ')
}

export function matches(member: Member, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return !wanted || [member.name, member.login, member.agent ?? ''].some((field) => field.toLowerCase().includes(wanted))
}
