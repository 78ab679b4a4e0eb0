import { expect, it } from 'vitest'
import { blankOf, freshId, propertiesOf } from './form'

const form = {
  type: 'array', items: { $ref: '#/$defs/Queue' },
  $defs: {
    Queue: {
      type: 'object',
      properties: {
        id: { type: 'string' },
        ring_s: { type: 'number', minimum: 0, default: 20 },
        overflow_to: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
        strategy: { $ref: '#/$defs/Strategy', default: 'linear' },
      },
    },
    Strategy: { enum: ['linear', 'ring_all'] },
  },
}

it('finds fields through references and choices', () => {
  const fields = propertiesOf(form)
  expect(fields.ring_s?.minimum).toBe(0)
  expect(fields.overflow_to).toEqual({ type: 'string', default: null })
  expect(fields.strategy).toEqual({ enum: ['linear', 'ring_all'], default: 'linear' })
})

it('makes a new item of the defaults, and an id of its own', () => {
  expect(blankOf(propertiesOf(form))).toEqual({ ring_s: 20, overflow_to: null, strategy: 'linear' })
  expect(freshId(['queue1', 'queue2'], 'queue')).toBe('queue3')
})
