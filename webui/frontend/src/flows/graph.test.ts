import { expect, it } from 'vitest'
import { addNode, addNote, connect, copyOf, freeLabel, move, paste, removeAll, rewired, shift, type FlowGraph } from './graph'

const EMPTY: FlowGraph = { id: 'f', label: 'x', version: 1, start: '', nodes: [], notes: [] }

function three(): FlowGraph {
  let [graph] = addNode(EMPTY, 'answer', '应答', {}, { x: 3, y: 5 })
  ;[graph] = addNode(graph, 'menu', '菜单', { keys: [{ digit: '1' }] }, { x: 300, y: 0 })
  ;[graph] = addNode(graph, 'menu', '菜单', {}, { x: 600, y: 0 })
  graph = connect(graph, 'answer', 'next', 'menu')
  return connect(graph, 'menu', '1', 'menu2')
}

it('names nodes apart, begins with the first and stands them on the grid', () => {
  const graph = three()
  expect(graph.nodes.map((node) => node.id)).toEqual(['answer', 'menu', 'menu2'])
  expect(graph.nodes.map((node) => node.label)).toEqual(['应答', '菜单', '菜单 2'])
  expect(graph.start).toBe('answer')
  expect([graph.nodes[0]?.x, graph.nodes[0]?.y]).toEqual([0, 0])
  expect(freeLabel(graph, '别的')).toBe('别的')
})

it('does not share parameters with the sample that it was made of', () => {
  const sample = { keys: [{ digit: '1' }] }
  const [graph] = addNode(EMPTY, 'menu', 'm', sample, { x: 0, y: 0 })
  sample.keys[0]!.digit = '9'
  expect(graph.nodes[0]?.params).toEqual({ keys: [{ digit: '1' }] })
})

it('takes a wire away, and is the same value when nothing changes', () => {
  const graph = three()
  expect(connect(graph, 'menu', '1', 'menu2')).toBe(graph)
  expect(connect(graph, 'menu', '1', null).nodes[1]?.exits).toEqual({})
})

it('removes nodes with every wire to them and finds another start', () => {
  const graph = removeAll(three(), new Set(['answer', 'menu2']))
  expect(graph.start).toBe('menu')
  expect(graph.nodes.map((node) => node.exits)).toEqual([{}])
  expect(removeAll(graph, new Set(['menu'])).start).toBe('')
})

it('copies with inner wires only and pastes under new names', () => {
  const graph = three()
  const clip = copyOf(graph, new Set(['menu', 'menu2']))
  const [into, ids] = paste(graph, clip, { x: 0, y: 400 })
  expect(ids).toEqual(['menu3', 'menu4'])
  expect(into.nodes.at(-2)).toMatchObject({ exits: { '1': 'menu4' }, x: 0, y: 400 })
  expect(into.nodes.at(-1)).toMatchObject({ x: 300, y: 400 })
  const [elsewhere, fresh] = paste(EMPTY, clip, { x: 0, y: 0 })
  expect([elsewhere.start, ...fresh]).toEqual(['menu', 'menu', 'menu2'])
  expect(copyOf(graph, new Set(['answer'])).nodes[0]?.exits).toEqual({})
})

it('moves nodes and notes alike and leaves others as they are', () => {
  const [graph, note] = addNote(three(), 'x', { x: 0, y: 0 })
  const moved = shift(graph, new Set(['menu', note]), 20, -20)
  expect(moved.nodes[0]).toBe(graph.nodes[0])
  expect([moved.nodes[1]?.x, moved.nodes[1]?.y, moved.notes[0]?.x]).toEqual([320, -20, 20])
  expect(move(graph, new Map([['answer', { x: 1.6, y: 2.2 }]])).nodes[0]).toMatchObject({ x: 2, y: 2 })
})

it('keeps the wire of a renamed exit and drops that of a removed one', () => {
  const exits = { '1': 'a', '2': 'b', invalid: 'c' }
  const two = [{ digit: '1' }, { digit: '2' }]
  expect(rewired(exits, two, [{ digit: '7' }, { digit: '2' }])).toEqual({ '7': 'a', '2': 'b', invalid: 'c' })
  expect(rewired(exits, two, [{ digit: '2' }])).toEqual({ '2': 'b', invalid: 'c' })
  expect(rewired(exits, two, [{ digit: '2' }, { digit: '1' }])).toEqual(exits)
  expect(rewired({ vip: 'a' }, [{ exit: 'vip' }], [{ exit: 'gold' }])).toEqual({ gold: 'a' })
})
