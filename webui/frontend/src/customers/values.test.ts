import { describe, expect, it } from 'vitest'
import type { CustomerField, CustomerState } from '@/api/customers'
import { differences, shownValue } from './values'

const box: CustomerField = { id: 'box', label: '机顶盒', kind: 'choice', choices: ['高清'], required: false, in_list: false, in_pop: false, sensitive: false }
const state = (more: Partial<CustomerState>): CustomerState => ({ name: '张三', code: '', card: '', numbers: [], address: '', area: '', status: '', level: '', note: '', custom: {}, ...more })

describe('differences between two states of a customer', () => {
  it('names only what changed, own fields by their label', () => {
    const found = differences(state({ custom: { box: '标清', old: '1' } }), state({ area: '城东', custom: { box: '高清', old: '1' } }), [box])
    expect(found).toEqual([
      { field: 'area', label: '', before: '', after: '城东' },
      { field: '', label: '机顶盒', before: '标清', after: '高清' },
    ])
  })
  it('knows new customers', () => {
    expect(differences(null, state({ numbers: ['1', '2'] }), [])).toEqual([
      { field: 'name', label: '', before: '', after: '张三' },
      { field: 'numbers', label: '', before: '', after: '1、2' },
    ])
  })
  it('reads flags as words', () => {
    expect(shownValue({ ...box, kind: 'flag' }, '1', '是', '否')).toBe('是')
    expect(shownValue({ ...box, kind: 'flag' }, undefined, '是', '否')).toBe('否')
  })
})
