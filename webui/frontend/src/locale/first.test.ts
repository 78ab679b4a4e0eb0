import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import zhCN from './zh-CN'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Shown before the words of other pages are there; as in `router.ts`. */
const FIRST = ['App.vue', 'shell/Shell.vue', ...['Desk', 'Login', 'SetUp', 'Nothing', 'Missing'].map((page) => `pages/${page}.vue`)]

/** The file and all that it brings along; not what is loaded later, and no words. */
function withImports(...names: string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (let file = names.pop(); file; file = names.pop()) {
    if (found.has(file) || file.startsWith(join(root, 'locale'))) continue
    const text = readFileSync(file, 'utf8')
    found.set(file, text)
    for (const [, target] of text.matchAll(/^(?:import(?! type)|\}).*? from '((?:@|\.{1,2})\/[^']+)'/gm)) {
      const path = target?.startsWith('@') ? join(root, target.slice(2)) : resolve(dirname(file), target ?? '')
      names.push(...[path, `${path}.ts`].filter((one) => /\.(ts|vue)$/.test(one) && existsSync(one)))
    }
  }
  return found
}

it('has the words of what is shown first', () => {
  const sources = withImports(...FIRST.map((name) => join(root, name)))
  expect(sources.size).toBeGreaterThan(40)
  const asked = [...sources].flatMap(([file, text]) => [...text.matchAll(/\bt\(([^)\n]*)/g)].flatMap(([, call]) => [...(call ?? '').matchAll(/['`]([a-zA-Z]+)\./g)].map(([, block]) => `${block} in ${file.slice(root.length)}`)))
  expect(asked.length).toBeGreaterThan(100)
  expect(asked.filter((one) => !(one.split(' ')[0] as string in zhCN))).toEqual([])
})
