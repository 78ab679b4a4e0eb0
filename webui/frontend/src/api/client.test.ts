import { afterEach, expect, it, vi } from 'vitest'
import { ApiError, configureApi, errorOf, get, post, query, xsrfToken } from './client'

const lost = vi.fn()
configureApi({ lost, sentence: (status) => `状态 ${status}` })

function answer(status: number, body: unknown): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(async () => new Response(body === null ? '' : JSON.stringify(body), { status }))
  vi.stubGlobal('fetch', fetched)
  vi.stubGlobal('document', { cookie: 'a=1; _xsrf=2%7Cabc; b=2' })
  return fetched
}

afterEach(() => {
  vi.unstubAllGlobals()
  lost.mockReset()
})

it('reads the token from among other cookies', () => {
  expect(xsrfToken('a=1; _xsrf=2%7Cabc')).toBe('2|abc')
  expect(xsrfToken('not_xsrf=1')).toBe('')
})

it('sends JSON with the token, and only then', async () => {
  const fetched = answer(200, { ok: true })
  expect(await post('/api/x', { a: 1 })).toEqual({ ok: true })
  const [, sent] = fetched.mock.calls[0] as [string, RequestInit & { headers: Record<string, string> }]
  expect([sent.method, sent.body, sent.headers['X-XSRFToken']]).toEqual(['POST', '{"a":1}', '2|abc'])
  await get('/api/x')
  expect((fetched.mock.calls[1] as [string, RequestInit])[1].headers).not.toHaveProperty('X-XSRFToken')
})

it('carries the sentence of the server and the field it concerns', async () => {
  answer(422, { error: { text: '密码太短。', field: 'password' } })
  await expect(post('/api/setup')).rejects.toMatchObject({ status: 422, message: '密码太短。', field: 'password' })
})

it('words an answer without a sentence itself', () => {
  expect(errorOf(502, '<html>')).toMatchObject({ message: '状态 502', field: null })
  expect(errorOf(500, { error: { text: '' } })).toBeInstanceOf(ApiError)
})

it('says when the box cannot be reached', async () => {
  vi.stubGlobal('fetch', vi.fn(async () => { throw new TypeError('failed') }))
  await expect(get('/api/session')).rejects.toMatchObject({ status: 0, message: '状态 0' })
})

it('tells that the session is over, but not when a password was wrong', async () => {
  answer(401, { error: { text: '请重新登录。', field: null } })
  await expect(get('/api/calls')).rejects.toBeInstanceOf(ApiError)
  expect(lost).toHaveBeenCalledTimes(1)
  await expect(post('/api/login')).rejects.toBeInstanceOf(ApiError)
  expect(lost).toHaveBeenCalledTimes(1)
})

it('leaves empty members out of the address', () => {
  expect(query({ q: '张 三', limit: 50, before: null })).toBe('?q=%E5%BC%A0+%E4%B8%89&limit=50')
  expect(query({ q: '' })).toBe('')
})

it('sends a risky request again once the password was given, and not when it was refused', async () => {
  const confirm = vi.fn(async () => true)
  configureApi({ lost, sentence: String, confirm })
  const answers = [new Response('{"error": {"text": "请确认。"}}', { status: 428 }), new Response('{"ok": true}')]
  vi.stubGlobal('fetch', vi.fn(async () => answers.shift()))
  vi.stubGlobal('document', { cookie: '_xsrf=x' })
  expect(await post('/api/units', { label: '一班' })).toEqual({ ok: true })
  expect(confirm).toHaveBeenCalledWith('请确认。')
  confirm.mockResolvedValue(false)
  const fetched = answer(428, { error: { text: '请确认。' } })
  await expect(post('/api/units')).rejects.toMatchObject({ status: 428 })
  expect(fetched).toHaveBeenCalledTimes(1)
})
