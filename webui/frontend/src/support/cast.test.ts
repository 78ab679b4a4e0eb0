import { describe, expect, it } from 'vitest'
import { playTimes, readLines, typedLines } from './cast'

const TEXT = [
  '{"version":2,"width":100,"height":30}',
  '[0.5,"o","$ "]',
  '[1.0,"i","l"]',
  '[1.2,"i","s\\r"]',
  '[61.2,"i","\\u001b[A\\u0003"]',
  '[61.5,"r","120x40"]',
  '[62,"o","by',
].join('\n')

describe('recordings', () => {
  it('are read as far as they are whole', () => {
    const cast = readLines(TEXT)
    expect([cast.columns, cast.rows, cast.events.length, cast.length_s]).toEqual([100, 30, 5, 61.5])
    expect(readLines('').events).toEqual([])
  })

  it('tell what was typed line by line', () => {
    expect(typedLines(readLines(TEXT))).toEqual([
      { at_s: 1, text: 'ls' },
      { at_s: 61.2, text: '⎋^C' },
    ])
  })

  it('are replayed without long waits', () => {
    expect(playTimes(readLines(TEXT)).map((at) => Number(at.toFixed(2)))).toEqual([0.5, 1, 1.2, 3.2, 3.5])
  })
})
