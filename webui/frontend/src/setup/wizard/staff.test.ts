import { expect, it } from 'vitest'
import { freshPassword, parseStaff } from './staff'

it('reads names, numbers and roles in any order', () => {
  expect(parseStaff('姓名\t工号\t角色\n张三\t1002\t话务员\r\n1003,李四，班长\n王五 1004\n\n赵六')).toEqual({
    people: [
      { name: '张三', number: '1002', role: 'agent' },
      { name: '李四', number: '1003', role: 'leader' },
      { name: '王五', number: '1004', role: 'agent' },
    ],
    bad: [6],
  })
})

it('makes passwords that differ and are read easily', () => {
  const made = Array.from({ length: 200 }, freshPassword)
  expect(new Set(made).size).toBe(200)
  for (const one of made) expect(one).toMatch(/^[a-hjkmnp-z2-9]{10}$/)
})
