import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { createMemoryHistory } from 'vue-router'
import { buildRouter, guard } from './router'
import { useSession, type Session } from './stores/session'

const user = { id: 1, login: 'a', name: '甲', roles: [], permissions: ['call.view'], agent: null, must_change_password: false }

async function arrive(path: string, change: Partial<Session> & { permissions?: string[] }): Promise<string> {
  const session = useSession()
  const { permissions, ...rest } = change
  session.current = {
    version: '0', set_up: true, secret_needed: false, simulated: false, virtual_phones: false, bureau: '', hotline: '', user: { ...user, permissions: permissions ?? user.permissions }, ...rest,
  }
  const router = buildRouter(session, createMemoryHistory())
  for (let target = router.resolve(path); ; ) {
    const decision = await guard(target, session)
    if (decision === true) return target.fullPath
    target = router.resolve(decision)
  }
}

beforeEach(() => setActivePinia(createPinia()))

it('sends everybody to the set-up until it is done, and nobody after', async () => {
  expect(await arrive('/calls', { set_up: false, user: null })).toBe('/setup')
  expect(await arrive('/setup', {})).toBe('/calls')
})

it('asks strangers to sign in and remembers where they wanted to go', async () => {
  expect(await arrive('/customers?q=1', { user: null })).toBe('/login?back=/customers?q=1')
  expect(await arrive('/', { user: null })).toBe('/login?back=/')
})

it('begins on the first page the person may open', async () => {
  expect(await arrive('/', {})).toBe('/calls')
  expect(await arrive('/', { permissions: ['mon.lines', 'call.view'] })).toBe('/live-board')
  expect(await arrive('/', { permissions: [] })).toBe('/')
})

it('opens virtual phones only on a simulated card', async () => {
  const permissions = ['call.view', 'agent.login']
  expect(await arrive('/virtual-phones', { permissions })).toBe('/calls')
  expect(await arrive('/virtual-phones', { permissions, virtual_phones: true })).toBe('/virtual-phones')
})

it('does not open a page without its permission', async () => {
  expect(await arrive('/users', {})).toBe('/calls')
})
