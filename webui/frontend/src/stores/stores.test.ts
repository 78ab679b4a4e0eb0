import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { agentView, callView, snapshot } from '@/live/examples'
import type { ScreenPop } from '@/live/messages'
import type { CallRow } from '@/api/calls'
import type { Customer } from '@/api/customers'
import { useLive } from './live'
import { useNotes } from './notes'
import { usePop } from './pop'
import { dialable, useSeat } from './seat'
import { useSession } from './session'

const answers: { status: number; body: unknown }[] = []
const asked: { method: string; path: string; body: unknown }[] = []

beforeEach(() => {
  setActivePinia(createPinia())
  answers.length = asked.length = 0
  vi.stubGlobal('document', { cookie: '' })
  vi.stubGlobal('fetch', async (path: string, sent: RequestInit) => {
    asked.push({ method: sent.method ?? '', path, body: JSON.parse(String(sent.body ?? 'null')) })
    const { status, body } = answers.shift() ?? { status: 200, body: {} }
    return new Response(JSON.stringify(body), { status })
  })
  const user = { id: 1, login: 'wang', name: '王芳', roles: ['agent'], permissions: ['agent.login', 'call.bind_customer'], agent: '1001', must_change_password: false }
  useSession().$patch({ current: { version: '0', set_up: true, simulated: true, bureau: '', hotline: '', user } })
})
afterEach(() => vi.unstubAllGlobals())

function popEvent(change: Partial<ScreenPop> = {}): ScreenPop<Customer, CallRow> {
  return { type: 'ScreenPop', n: 5, agent: '1001', seat: '1', call: callView({ state: 'alerting', agent: '1001' }), ring_at: '', customer: null, earlier: [], ...change } as ScreenPop<Customer, CallRow>
}
const customer = { id: 7, name: '张三' } as Customer

describe('pop', () => {
  it('opens for my own calls only', () => {
    const pop = usePop()
    pop.open(popEvent({ agent: '1002' }))
    expect(pop.shown).toBeNull()
    pop.open(popEvent())
    expect(pop.shown?.call.peer_number).toBe('13905620001')
  })

  it('takes the customer that was found later, without unfolding what the agent folded', () => {
    const pop = usePop()
    pop.open(popEvent())
    pop.folded = true
    pop.open(popEvent({ customer }))
    expect([pop.pops.length, pop.shown?.customer?.name, pop.folded]).toEqual([1, '张三', true])
  })

  it('stays closed when the server sends it again after a reconnect', () => {
    const pop = usePop()
    pop.open(popEvent())
    pop.close('c1')
    pop.open(popEvent())
    expect(pop.shown).toBeNull()
  })

  it('follows the call, and knows after a reconnect that it is over', () => {
    const live = useLive()
    const pop = usePop()
    live.take(snapshot({ calls: [callView({ node_label: '主菜单' })] }))
    pop.open(popEvent())
    pop.follow(callView({ state: 'connected', agent: '1001' }))
    expect([pop.shown?.call.state, pop.shown?.path]).toEqual(['connected', ['主菜单']])
    live.take(snapshot())
    pop.catchUp()
    expect(pop.shown?.ended).toBe(true)
  })

  it('binds a new customer to the call once it is in the log', async () => {
    const pop = usePop()
    pop.open(popEvent())
    answers.push({ status: 404, body: { error: { text: '没有这次通话的记录', field: null } } })
    await pop.setCustomer('c1', customer)
    expect(pop.shown?.customer?.id).toBe(7)
    await useNotes().deliver('c1')
    expect(asked.map((one) => one.body)).toEqual([{ customer: 7 }, { customer: 7 }])
  })
})

describe('notes', () => {
  it('saves at once when the call is in the log', async () => {
    expect(await useNotes().save('c1', { reason: 3, summary: '没信号' })).toBe('saved')
    expect(asked).toEqual([{ method: 'PATCH', path: '/api/calls/c1', body: { reason: 3, summary: '没信号' } }])
  })

  it('keeps a note of a running call, joins later ones to it and delivers them together', async () => {
    const notes = useNotes()
    const none = { status: 404, body: { error: { text: '没有这次通话的记录', field: null } } }
    answers.push(none, none)
    expect(await notes.save('c1', { reason: 3 }, true)).toBe('kept')
    expect(await notes.save('c1', { summary: '没信号' }, true)).toBe('kept')
    await notes.deliver('c1')
    expect(asked.at(-1)?.body).toEqual({ reason: 3, summary: '没信号' })
    await notes.deliver('c1')
    expect(asked).toHaveLength(3)
  })

  it('tries again when the record is not there yet', async () => {
    vi.useFakeTimers()
    const none = { status: 404, body: { error: { text: '没有这次通话的记录', field: null } } }
    answers.push(none, none)
    const notes = useNotes()
    await notes.save('c1', { reason: 3 }, true)
    await notes.deliver('c1')
    expect(asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(3000)
    expect(asked.at(-1)?.body).toEqual({ reason: 3 })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(3)
    vi.useRealTimers()
  })

  it('does not hide that a finished call has no record', async () => {
    answers.push({ status: 404, body: { error: { text: '没有这次通话的记录', field: null } } })
    await expect(useNotes().save('c1', { reason: 3 })).rejects.toThrow('没有这次通话的记录')
  })
})

describe('seat', () => {
  it('shows what the engine says, not what was asked for', async () => {
    const seat = useSeat()
    expect(await seat.signIn('1')).toBe(true)
    expect(seat.me).toBeNull()
    useLive().take(snapshot({ agents: [agentView({ state: 'on_call', call_id: 'c1' })], calls: [callView({ state: 'connected' })] }))
    expect([seat.me?.seat, seat.call?.call_id]).toEqual(['1', 'c1'])
  })

  it('tells why the server refused', async () => {
    answers.push({ status: 409, body: { error: { text: '座席 1 已有人签入。', field: null } } })
    const seat = useSeat()
    expect(await seat.signIn('1')).toBe(false)
    expect([seat.trouble, seat.busy]).toEqual(['座席 1 已有人签入。', false])
  })

  it('dials what people paste', () => {
    expect(dialable(' (0562) 281-2345 ')).toBe('05622812345')
    expect(dialable('139 0562 0001')).toBe('13905620001')
  })
})
