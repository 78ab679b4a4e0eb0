import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import { fill } from './fill'

const i18n = createI18n({ legacy: false, locale: 'a', messageCompiler: fill, messages: { a: { plain: '甲 | 乙 @c', places: '{n} 条，{who}，{n}' } } })
const t = i18n.global.t as (key: string, values?: Record<string, unknown>) => string

it('puts values in their places, and nothing where there is none', () => {
  expect(t('places', { n: 3, who: '<张>' })).toBe('3 条，<张>，3')
  expect(t('places', { n: 0 })).toBe('0 条，，0')
})

it('takes signs that other compilers read as their own for what they are', () => {
  expect(t('plain', { n: 1 })).toBe('甲 | 乙 @c')
})

it('has all that our sentences use', () => {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  for (const name of sources) for (const [, sentence] of readFileSync(root + name, 'utf8').matchAll(/: '([^'\n]*\{[^'\n]*)'/g)) expect(sentence?.replaceAll(/\{\w+\}/g, ''), name).not.toMatch(/[{}]/)
})
