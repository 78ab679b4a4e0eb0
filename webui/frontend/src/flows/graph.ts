/** A flow as a value: every change makes a new one and shares what stays. */

export interface FlowNode {
  id: string
  kind: string
  label: string
  params: Record<string, unknown>
  exits: Record<string, string>
  x: number
  y: number
}

export interface FlowNote {
  id: string
  text: string
  x: number
  y: number
}

export interface FlowGraph {
  id: string
  label: string
  version: number
  start: string
  nodes: FlowNode[]
  notes: FlowNote[]
}

export interface Place {
  x: number
  y: number
}

/** What was copied: nodes with the wires among them, and notes. */
export interface Clip {
  nodes: FlowNode[]
  notes: FlowNote[]
}

export const GRID = 20
const snap = (value: number): number => Math.round(value / GRID) * GRID

export const isNote = (graph: FlowGraph, id: string): boolean => graph.notes.some((note) => note.id === id)

export function freeId(graph: FlowGraph, wanted: string): string {
  const taken = new Set([...graph.nodes, ...graph.notes].map((one) => one.id))
  const stem = wanted.replace(/\d+$/, '') || 'node'
  if (!taken.has(wanted)) return wanted
  let number = 2
  while (taken.has(`${stem}${number}`)) number += 1
  return `${stem}${number}`
}

/** A label that no other node has, so that problems and call logs are understood. */
export function freeLabel(graph: FlowGraph, wanted: string): string {
  const taken = new Set(graph.nodes.map((node) => node.label))
  if (!taken.has(wanted)) return wanted
  let number = 2
  while (taken.has(`${wanted} ${number}`)) number += 1
  return `${wanted} ${number}`
}

/** The first node is where calls begin. */
export function addNode(graph: FlowGraph, kind: string, label: string, params: Record<string, unknown>, at: Place): [FlowGraph, string] {
  const id = freeId(graph, kind)
  const node: FlowNode = { id, kind, label: freeLabel(graph, label), params: structuredClone(params), exits: {}, x: snap(at.x), y: snap(at.y) }
  return [{ ...graph, start: graph.nodes.length ? graph.start : id, nodes: [...graph.nodes, node] }, id]
}

export function addNote(graph: FlowGraph, text: string, at: Place): [FlowGraph, string] {
  const id = freeId(graph, 'note')
  return [{ ...graph, notes: [...graph.notes, { id, text, x: snap(at.x), y: snap(at.y) }] }, id]
}

export function changeNode(graph: FlowGraph, id: string, change: Partial<Omit<FlowNode, 'id'>>): FlowGraph {
  return { ...graph, nodes: graph.nodes.map((node) => (node.id === id ? { ...node, ...change } : node)) }
}

export function changeNote(graph: FlowGraph, id: string, text: string): FlowGraph {
  return { ...graph, notes: graph.notes.map((note) => (note.id === id ? { ...note, text } : note)) }
}

/** `to` null takes the wire away. */
export function connect(graph: FlowGraph, from: string, exit: string, to: string | null): FlowGraph {
  const node = graph.nodes.find((one) => one.id === from)
  if (!node || (node.exits[exit] ?? null) === to) return graph
  const { [exit]: _, ...others } = node.exits
  return changeNode(graph, from, { exits: to === null ? others : { ...others, [exit]: to } })
}

export function move(graph: FlowGraph, places: ReadonlyMap<string, Place>): FlowGraph {
  const placed = <T extends Place & { id: string }>(one: T): T => {
    const place = places.get(one.id)
    return place ? { ...one, x: Math.round(place.x), y: Math.round(place.y) } : one
  }
  return { ...graph, nodes: graph.nodes.map(placed), notes: graph.notes.map(placed) }
}

export function shift(graph: FlowGraph, ids: ReadonlySet<string>, dx: number, dy: number): FlowGraph {
  const places = new Map([...graph.nodes, ...graph.notes].filter((one) => ids.has(one.id)).map((one) => [one.id, { x: one.x + dx, y: one.y + dy }]))
  return move(graph, places)
}

export function removeAll(graph: FlowGraph, ids: ReadonlySet<string>): FlowGraph {
  const nodes = graph.nodes
    .filter((node) => !ids.has(node.id))
    .map((node) => {
      const kept = Object.entries(node.exits).filter(([, target]) => !ids.has(target))
      return kept.length === Object.keys(node.exits).length ? node : { ...node, exits: Object.fromEntries(kept) }
    })
  const start = ids.has(graph.start) ? (nodes[0]?.id ?? '') : graph.start
  return { ...graph, start, nodes, notes: graph.notes.filter((note) => !ids.has(note.id)) }
}

export function copyOf(graph: FlowGraph, ids: ReadonlySet<string>): Clip {
  const nodes = graph.nodes
    .filter((node) => ids.has(node.id))
    .map((node) => ({ ...node, exits: Object.fromEntries(Object.entries(node.exits).filter(([, target]) => ids.has(target))) }))
  return structuredClone({ nodes, notes: graph.notes.filter((note) => ids.has(note.id)) })
}

/** Puts a clip in with ids of its own, its upper left corner at `at`; answers the new ids. */
export function paste(graph: FlowGraph, clip: Clip, at: Place): [FlowGraph, string[]] {
  const all = [...clip.nodes, ...clip.notes]
  const left = Math.min(...all.map((one) => one.x))
  const top = Math.min(...all.map((one) => one.y))
  let into = graph
  const names = new Map<string, string>()
  for (const one of all) {
    const id = freeId(into, one.id)
    names.set(one.id, id)
    const place = { id, x: snap(at.x + one.x - left), y: snap(at.y + one.y - top) }
    if ('kind' in one) into = { ...into, start: into.nodes.length ? into.start : id, nodes: [...into.nodes, { ...one, ...place, label: freeLabel(into, one.label) }] }
    else into = { ...into, notes: [...into.notes, { ...one, ...place }] }
  }
  const fresh = new Set(names.values())
  const nodes = into.nodes.map((node) =>
    fresh.has(node.id) ? { ...node, exits: Object.fromEntries(Object.entries(node.exits).map(([exit, target]) => [exit, names.get(target) ?? target])) } : node,
  )
  return [{ ...into, nodes }, [...fresh]]
}

/** The name of the exit that an item of an `exits_from` list makes. */
const exitOf = (item: unknown): string => {
  const one = (item ?? {}) as Record<string, unknown>
  return String(one.digit ?? one.exit ?? one.result ?? '')
}

/** Wires after a list that makes exits changed: a renamed exit keeps its wire, a removed one loses it. */
export function rewired(exits: Record<string, string>, before: unknown, after: unknown): Record<string, string> {
  const old = (Array.isArray(before) ? before : []).map(exitOf)
  const fresh = (Array.isArray(after) ? after : []).map(exitOf)
  const result = { ...exits }
  for (const [index, name] of old.entries()) {
    const target = exits[name]
    if (target === undefined || fresh.includes(name)) continue
    delete result[name]
    const renamed = old.length === fresh.length ? fresh[index] : undefined
    if (renamed && !(renamed in result)) result[renamed] = target
  }
  return result
}
