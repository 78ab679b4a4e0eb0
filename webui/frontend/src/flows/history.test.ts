import { expect, it } from 'vitest'
import { History, JOIN_MS } from './history'

it('goes back and forth, and a new change ends what could be redone', () => {
  const history = new History<string>()
  history.note('a')
  history.note('b')
  expect(history.undo('c')).toBe('b')
  expect(history.undo('b')).toBe('a')
  expect([history.undo('a'), history.canUndo, history.canRedo]).toEqual(['a', false, true])
  expect(history.redo('a')).toBe('b')
  history.note('b')
  expect([history.canRedo, history.redo('x')]).toEqual([false, 'x'])
})

it('joins quick changes of one kind, not slow ones and not others', () => {
  const history = new History<number>()
  history.note(0, 'type', 0)
  history.note(1, 'type', 100)
  history.note(2, 'move', 150)
  history.note(3, 'move', 150 + JOIN_MS)
  expect([history.undo(4), history.undo(3), history.undo(2)]).toEqual([3, 2, 0])
  expect(history.canUndo).toBe(false)
})
