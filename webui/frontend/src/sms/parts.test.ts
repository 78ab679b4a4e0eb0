import { expect, it } from 'vitest'
import { sizeOf } from './parts'

it.each([
  ['', 0, 0],
  ['a'.repeat(160), 160, 1],
  ['a'.repeat(161), 161, 2],
  ['您'.repeat(70), 70, 1],
  ['您'.repeat(71), 71, 2],
  ['您'.repeat(134), 134, 2],
  ['您'.repeat(135), 135, 3],
  ['€'.repeat(80), 160, 1],
  [`${'您'.repeat(66)}😀您`, 69, 1],
  [`${'您'.repeat(66)}😀${'您'.repeat(66)}`, 134, 3],
])('counts %# as the box does', (text, units, parts) => {
  expect(sizeOf(text)).toMatchObject({ units, parts })
})
