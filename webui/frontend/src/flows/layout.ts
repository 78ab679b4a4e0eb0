/** Where boxes stand: their size, whether they overlap, and an arrangement in columns from left to right. */
import type { FlowGraph, FlowNode, Place } from './graph'

export const NODE_WIDTH = 208
export const HEAD_HEIGHT = 44
export const SUMMARY_HEIGHT = 20
export const EXIT_HEIGHT = 22
export const FOOT_HEIGHT = 6
const COLUMN_GAP = 92
const ROW_GAP = 28
const ROUNDS = 4

export const nodeHeight = (exits: number): number => HEAD_HEIGHT + SUMMARY_HEIGHT + exits * EXIT_HEIGHT + FOOT_HEIGHT

type Heights = (id: string) => number
/** Where the exits of a node lead, in the order in which they are drawn. */
type Targets = (node: FlowNode) => string[]

export function overlaps(graph: FlowGraph, height: Heights): boolean {
  const boxes = [...graph.nodes].sort((one, other) => one.x - other.x)
  return boxes.some((one, index) => {
    for (const other of boxes.slice(index + 1)) {
      if (other.x >= one.x + NODE_WIDTH) return false
      if (other.y < one.y + height(one.id) && one.y < other.y + height(other.id)) return true
    }
    return false
  })
}

/** Columns by the longest way from the start, wires that lead back left out; in a column in the order of their sources. */
export function arranged(graph: FlowGraph, height: Heights, targetsOf: Targets): Map<string, Place> {
  const ways = new Map(graph.nodes.map((node) => [node.id, targetsOf(node)]))
  const targets = forwardTargets(graph, ways)
  const columns = columnsOf(graph, targets)
  const sources = new Map<string, string[]>()
  for (const [from, list] of targets) for (const to of list) sources.set(to, [...(sources.get(to) ?? []), from])
  const centre = new Map<string, number>()
  for (let round = 0; round < ROUNDS; round += 1) {
    columns.forEach((column) => {
      const wish = new Map(column.map((id, index) => [id, mean((sources.get(id) ?? []).map((one) => exitHeight(ways, one, id, centre)), centre.get(id) ?? index)]))
      column.sort((one, other) => (wish.get(one) ?? 0) - (wish.get(other) ?? 0))
      stack(column, height, wish, centre)
    })
  }
  const top = Math.min(...graph.nodes.map((node) => (centre.get(node.id) ?? 0) - height(node.id) / 2), 0)
  const places = new Map<string, Place>()
  columns.forEach((column, index) => {
    for (const id of column) places.set(id, { x: index * (NODE_WIDTH + COLUMN_GAP), y: (centre.get(id) ?? 0) - height(id) / 2 - top })
  })
  return places
}

/** Where a wire from `from` to `to` leaves, so that the targets of one menu stand in the order of its keys. */
function exitHeight(ways: ReadonlyMap<string, string[]>, from: string, to: string, centre: ReadonlyMap<string, number>): number {
  const exits = ways.get(from) ?? []
  return (centre.get(from) ?? 0) + (exits.indexOf(to) - exits.length / 2) * EXIT_HEIGHT
}

function mean(values: number[], otherwise: number): number {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : otherwise
}

/** As near to where each wishes to be as the others leave room, the whole column in the middle of the wishes. */
function stack(column: string[], height: Heights, wish: ReadonlyMap<string, number>, centre: Map<string, number>): void {
  let free = -Infinity
  for (const id of column) {
    const at = Math.max(wish.get(id) ?? 0, free + height(id) / 2)
    centre.set(id, at)
    free = at + height(id) / 2 + ROW_GAP
  }
  const off = mean(column.map((id) => (centre.get(id) ?? 0) - (wish.get(id) ?? 0)), 0)
  for (const id of column) centre.set(id, (centre.get(id) ?? 0) - off)
}

function forwardTargets(graph: FlowGraph, ways: ReadonlyMap<string, string[]>): Map<string, string[]> {
  const forward = new Map<string, string[]>()
  const open = new Set<string>()
  const visit = (id: string): void => {
    const found: string[] = []
    forward.set(id, found)
    open.add(id)
    for (const target of new Set(ways.get(id))) {
      if (!ways.has(target) || open.has(target)) continue
      found.push(target)
      if (!forward.has(target)) visit(target)
    }
    open.delete(id)
  }
  for (const id of [graph.start, ...ways.keys()]) if (ways.has(id) && !forward.has(id)) visit(id)
  return forward
}

function columnsOf(graph: FlowGraph, targets: ReadonlyMap<string, string[]>): string[][] {
  const incoming = new Map(graph.nodes.map((node) => [node.id, 0]))
  for (const list of targets.values()) for (const to of list) incoming.set(to, (incoming.get(to) ?? 0) + 1)
  const column = new Map<string, number>()
  const ready = graph.nodes.filter((node) => !incoming.get(node.id)).map((node) => node.id)
  for (const id of ready) column.set(id, 0)
  while (ready.length) {
    const id = ready.shift() as string
    for (const to of targets.get(id) ?? []) {
      column.set(to, Math.max(column.get(to) ?? 0, (column.get(id) ?? 0) + 1))
      incoming.set(to, (incoming.get(to) ?? 0) - 1)
      if (incoming.get(to) === 0) ready.push(to)
    }
  }
  const found: string[][] = []
  for (const node of graph.nodes) (found[column.get(node.id) ?? 0] ??= []).push(node.id)
  return [...found].map((one) => one ?? [])
}
