import { expect, test } from 'vitest'
import type { Member, Unit } from '@/api/people'
import { matches, mayDrop, pathOf, treeOf, withBelow } from './tree'

const unit = (id: number, parent: number | null, kind: Unit['kind'], active = true): Unit => ({ id, parent, kind, label: `单位${id}`, active })
const member = (id: number, unitId: number | null, active = true): Member => ({ id, login: `u${id}`, name: `人${id}`, roles: [], agent: `10${id}`, unit: unitId, active })
const UNITS = [unit(1, null, 'organisation'), unit(2, 1, 'department'), unit(3, 2, 'team'), unit(4, 2, 'team', false)]
const PEOPLE = [member(1, 3), member(2, 2), member(3, null), member(4, 3, false)]

test('people hang on their unit and are counted upwards', () => {
  const [top] = treeOf(UNITS, PEOPLE, false)
  expect(top?.count).toBe(2)
  expect(top?.children[0]?.children.map((node) => node.key)).toEqual(['p2', 'u3'])
  expect(treeOf(UNITS, PEOPLE, true)[0]?.children[0]?.children.map((node) => node.key)).toEqual(['p2', 'u3', 'u4'])
})

test('nothing is dropped into itself, into a team or onto a person', () => {
  const [top] = treeOf(UNITS, PEOPLE, false)
  const department = top!.children[0]!
  const [person, team] = department.children
  expect(mayDrop(department, team!, 'inner', UNITS)).toBe(false)
  expect(mayDrop(team!, top!, 'inner', UNITS)).toBe(true)
  expect(mayDrop(team!, person!, 'inner', UNITS)).toBe(false)
  expect(mayDrop(person!, team!, 'inner', UNITS)).toBe(true)
  expect(mayDrop(person!, department, 'inner', UNITS)).toBe(false)
  expect(mayDrop(person!, team!, 'prev', UNITS)).toBe(false)
})

test('the way to a unit and what is below', () => {
  expect(pathOf(UNITS, 3)).toBe('单位1 / 单位2 / 单位3')
  expect(pathOf(UNITS, null)).toBe('')
  expect([...withBelow(UNITS, 2)].sort()).toEqual([2, 3, 4])
  expect(matches(PEOPLE[0]!, ' U1 ')).toBe(true)
  expect(matches(PEOPLE[0]!, '109')).toBe(false)
})
