import { expect, it } from 'vitest'
import { parsePasted } from './numbers'

it('reads what people paste from anywhere', () => {
  const { rows, bad } = parsePasted('139 0000 0001\t骚扰\t2026-12-31\r\n0562-2812345，退订\n\n138*\n张三\n１３８００００００００２')
  expect(rows).toEqual([
    { number: '13900000001', text: '骚扰', until: '2026-12-31' },
    { number: '05622812345', text: '退订', until: null },
    { number: '138*', text: '', until: null },
    { number: '138000000002', text: '', until: null },
  ])
  expect(bad).toEqual([{ line: 5, text: '张三' }])
})

it('takes ten thousand lines at once', () => {
  const text = Array.from({ length: 10_000 }, (_, n) => `139${String(n).padStart(8, '0')}`).join('\n')
  const began = performance.now()
  expect(parsePasted(text).rows).toHaveLength(10_000)
  expect(performance.now() - began).toBeLessThan(1000)
})
