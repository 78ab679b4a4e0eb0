import { expect, it } from 'vitest'
import type { Schema } from '@/api/flows'
import { fieldsOf, freshItem } from './schema'

const SCHEMA: Schema = {
  $ref: '#/$defs/Params',
  $defs: {
    Params: {
      required: ['prompts', 'keys'],
      properties: {
        prompts: { title: '提示音', type: 'array', items: { type: 'string', 'x-choose': 'prompt' }, minItems: 1 },
        keys: { title: '按键', type: 'array', items: { $ref: '#/$defs/Key' }, maxItems: 12 },
        wait_s: { title: '等待', type: 'number', minimum: 1, maximum: 60, default: 5 },
        tries: { title: '次数', type: 'integer', minimum: 1, default: 3 },
        music: { title: '音乐', description: '可留空', anyOf: [{ type: 'string', 'x-choose': 'prompt' }, { type: 'null' }], default: null },
        how: { title: '做法', $ref: '#/$defs/How', default: 'set' },
        secret: { title: '密码', type: 'boolean', default: false },
        value: { title: '值', type: 'string', 'x-values': true, maxLength: 1000 },
      },
    },
    Key: { required: ['digit'], properties: { digit: { title: '键', type: 'string', pattern: '^[0-9*#]$' }, label: { title: '含义', type: 'string', default: '' } } },
    How: { description: 'English words for developers.', enum: ['set', 'add'] },
  },
}

it('makes a field of every kind of parameter', () => {
  const fields = Object.fromEntries(fieldsOf(SCHEMA).map((field) => [field.name, field]))
  expect(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.kind]))).toEqual({
    prompts: 'chooseMany', keys: 'list', wait_s: 'number', tries: 'number', music: 'choose', how: 'enum', secret: 'switch', value: 'text',
  })
  expect(fields.prompts).toMatchObject({ required: true, offers: 'prompt' })
  expect(fields.music).toMatchObject({ nullable: true, title: '音乐', help: '可留空', offers: 'prompt' })
  expect(fields.how).toMatchObject({ options: ['set', 'add'], help: '', fallback: 'set' })
  expect([fields.tries?.whole, fields.wait_s?.whole, fields.wait_s?.most]).toEqual([true, false, 60])
  expect(fields.keys?.items.map((item) => item.kind)).toEqual(['key', 'text'])
  expect(fields.value?.values).toBe(true)
})

it('begins a new item with what no other has', () => {
  const keys = fieldsOf(SCHEMA)[1]!.items
  expect(freshItem(keys, [{ digit: '1' }, { digit: '2' }])).toEqual({ digit: '3', label: '' })
})
