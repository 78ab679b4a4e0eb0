import { expect, it } from 'vitest'
import type { ReasonDraft } from '@/api/settings'
import { moveReason, removeAt, rowsOf } from './tree'

const reason = (label: string, ...children: ReasonDraft[]): ReasonDraft => ({ id: null, label, active: true, children })
const drawn = (tree: ReasonDraft[]): string[] => rowsOf(tree).map((row) => `${'-'.repeat(row.place.length - 1)}${row.reason.label}`)
const sample = (): ReasonDraft[] => [reason('报修', reason('无信号'), reason('花屏')), reason('业务', reason('资费')), reason('其他')]

it('moves one before another, also into another branch', () => {
  const tree = sample()
  expect(moveReason(tree, [0, 1], [1, 0], 'before')).toBe(true)
  expect(drawn(tree)).toEqual(['报修', '-无信号', '业务', '-花屏', '-资费', '其他'])
  expect(moveReason(tree, [0], [2], 'before')).toBe(true)
  expect(drawn(tree)[0]).toBe('业务')
})

it('moves one below another, never below itself', () => {
  const tree = sample()
  expect(moveReason(tree, [2], [1], 'below')).toBe(true)
  expect(drawn(tree)).toEqual(['报修', '-无信号', '-花屏', '业务', '-资费', '-其他'])
  expect(moveReason(tree, [0], [0, 1], 'below')).toBe(false)
  expect(drawn(tree)).toHaveLength(6)
})

it('names each as the server does', () => {
  const tree = sample()
  removeAt(tree, [0, 0])
  expect(rowsOf(tree).map((row) => row.path)).toEqual(['[0]', '[0].children[0]', '[1]', '[1].children[0]', '[2]'])
})
