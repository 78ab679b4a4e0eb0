import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import en from './en'
import enPages from './en/pages'
import zhCN from './zh-CN'
import zhPages from './zh/pages'

function leaves(tree: object, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(path + name, value)
    else leaves(value as object, `${path}${name}.`).forEach((text, key) => found.set(key, text))
  }
  return found
}

const source = leaves({ ...zhCN, ...zhPages })
const english = leaves({ ...en, ...enPages })

it('has every sentence in both languages', () => {
  expect([...english.keys()].sort()).toEqual([...source.keys()].sort())
  for (const [key, text] of [...source, ...english]) expect(text, key).not.toBe('')
})

it('keeps the places for values', () => {
  const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort()
  for (const [key, text] of source) expect(places(english.get(key) ?? ''), key).toEqual(places(text))
})

it('leaves no Chinese in English', () => {
  for (const [key, text] of english) expect(text, key).not.toMatch(/[\u4e00-\u9fff]/)
})

it('holds every key that a page asks for by name', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.vue'))
  const asked = files.flatMap((name) => {
    const text = readFileSync(join(root, name), 'utf8')
    return [...text.matchAll(/\bt\(('[\w.]+'|[^()'`]*\? '[\w.]+' : '[\w.]+')/g)].flatMap((call) => [...(call[1] ?? '').matchAll(/'([\w.]+)'/g)].map((key) => key[1] as string))
  })
  expect(asked.length).toBeGreaterThan(200)
  expect(asked.filter((key) => !source.has(key))).toEqual([])
})
