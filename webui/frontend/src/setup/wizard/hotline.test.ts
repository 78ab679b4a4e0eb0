import { expect, it } from 'vitest'
import { readHotline } from './hotline'

it.each([
  ['0562-96599', '0562-96599', '0562', '96599'],
  ['(0562) 96599', '0562-96599', '0562', '96599'],
  ['01096599', '010-96599', '010', '96599'],
  ['０５６２－２８１２３４５', '0562-2812345', '0562', '2812345'],
  ['96599', '96599', '', '96599'],
  ['400-800-1234', '400-800-1234', '', '400-800-1234'],
])('reads %s', (text, number, area, rest) => {
  expect(readHotline(text)).toEqual({ number, area, rest })
})

it.each(['', '热线', '05', '0562-', '0562'])('refuses %s', (text) => {
  expect(readHotline(text)).toBeNull()
})
