import { expect, it } from 'vitest'
import type { FlowGraph } from './graph'
import { arranged, NODE_WIDTH, nodeHeight, overlaps } from './layout'

const height = (): number => nodeHeight(3)
const targets = (node: FlowGraph['nodes'][number]): string[] => Object.values(node.exits)

function flow(wires: Record<string, string[]>): FlowGraph {
  const nodes = Object.entries(wires).map(([id, to]) => ({ id, kind: 'menu', label: id, params: {}, exits: Object.fromEntries(to.map((one, n) => [`e${n}`, one])), x: 0, y: 0 }))
  return { id: 'f', label: '', version: 1, start: nodes[0]?.id ?? '', nodes, notes: [] }
}

function placed(graph: FlowGraph): FlowGraph {
  const places = arranged(graph, height, targets)
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, ...places.get(node.id)! })) }
}

it('stands everything to the right of what leads there, one above the other, nothing over another', () => {
  const graph = placed(flow({ a: ['b', 'c', 'd'], b: ['e'], c: ['e'], d: ['e', 'a'], e: [], lost: [] }))
  const at = Object.fromEntries(graph.nodes.map((node) => [node.id, node]))
  expect(at.b!.x).toBe(at.c!.x)
  expect(at.a!.x).toBeLessThan(at.b!.x - NODE_WIDTH)
  expect(at.e!.x).toBeGreaterThan(at.d!.x + NODE_WIDTH)
  expect([at.b!.y, at.c!.y, at.d!.y]).toEqual([at.b!.y, at.c!.y, at.d!.y].sort((one, other) => one - other))
  expect(overlaps(graph, height)).toBe(false)
  expect(Math.min(...graph.nodes.map((node) => node.y))).toBeGreaterThanOrEqual(0)
})

it('ends with circles, wires to nowhere and nothing at all', () => {
  expect(arranged(flow({ a: ['b'], b: ['a', 'gone'] }), height, targets).size).toBe(2)
  expect(arranged(flow({ a: ['a'] }), height, targets).size).toBe(1)
  expect(arranged(flow({}), height, targets).size).toBe(0)
})

it('lays out two hundred nodes without an overlap', () => {
  const wires = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`n${n}`, [(n * 7) % 200, n + 1, n + 3].filter((to) => to < 200).map((to) => `n${to}`)]))
  expect(overlaps(placed(flow(wires)), height)).toBe(false)
})

it('sees when boxes lie over each other', () => {
  const graph = flow({ a: [], b: [] })
  expect(overlaps(graph, height)).toBe(true)
  graph.nodes[1]!.x = NODE_WIDTH
  expect(overlaps(graph, height)).toBe(false)
})
