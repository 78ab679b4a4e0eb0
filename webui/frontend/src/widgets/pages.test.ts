import { expect, it } from 'vitest'
import { ApiError } from '@/api/client'
import { usePages } from './pages'

const page = (rows: string[], next: number | null = null) => ({ rows, next })

it('adds page to page until the last', async () => {
  const pages = usePages<string>(async (before) => (before === null ? page(['a', 'b'], 2) : page(['c'])))
  await pages.reload()
  expect([pages.rows.value, pages.more.value]).toEqual([['a', 'b'], true])
  await pages.next()
  expect([pages.rows.value, pages.more.value]).toEqual([['a', 'b', 'c'], false])
})

it('lets the newer search win over a slower answer to the older one', async () => {
  const waiting: ((rows: string[]) => void)[] = []
  const pages = usePages<string>(() => new Promise((resolve) => waiting.push((rows) => resolve(page(rows)))))
  const first = pages.reload()
  const second = pages.reload()
  waiting[1]?.(['new'])
  waiting[0]?.(['old'])
  await Promise.all([first, second])
  expect([pages.rows.value, pages.loading.value]).toEqual([['new'], false])
})

it('keeps the rows and says what is wrong with which field', async () => {
  let fail = false
  const pages = usePages<string>(async () => {
    if (fail) throw new ApiError(422, '最小值大于最大值。', 'talk_sec')
    return page(['a'])
  })
  await pages.reload()
  fail = true
  await pages.reload()
  expect([pages.rows.value, pages.trouble.value, pages.troubleField.value]).toEqual([['a'], '最小值大于最大值。', 'talk_sec'])
})
