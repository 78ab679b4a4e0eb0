import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { agentView, callView, snapshot } from '@/live/examples'
import type { CallLeft, ScreenPop } from '@/live/messages'
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
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) })
  vi.stubGlobal('fetch', async (path: string, sent: RequestInit) => {
    asked.push({ method: sent.method ?? '', path, body: JSON.parse(String(sent.body ?? 'null')) })
    const { status, body } = answers.shift() ?? { status: 200, body: {} }
    return new Response(JSON.stringify(body), { status })
  })
  const user = { id: 1, login: 'wang', name: '王芳', roles: ['agent'], permissions: ['agent.login', 'call.bind_customer'], agent: '1001', must_change_password: false }
  useSession().$patch({ current: { version: '0', set_up: true, secret_needed: false, simulated: true, virtual_phones: true, bureau: '', hotline: '', user } })
})
afterEach(() => vi.unstubAllGlobals())

function popEvent(change: Partial<ScreenPop> = {}): ScreenPop<Customer, CallRow> {
  return { type: 'ScreenPop', n: 5, agent: '1001', seat: '1', call: callView({ state: 'alerting', agent: '1001' }), ring_at: '', customer: null, earlier: [], ...change } as ScreenPop<Customer, CallRow>
}
const customer = { id: 7, name: '张三' } as Customer

const left = (change: Partial<CallLeft> = {}): CallLeft => ({ type: 'CallLeft', call_id: 'c1', agent: '1001', served: false, ended: false, taken_by: '', unseen: true, ...change })

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

  it('stays closed when the server sends it again, in every tab; a new ring opens it again', () => {
    const pop = usePop()
    pop.open(popEvent())
    pop.close('c1')
    pop.open(popEvent())
    expect(pop.shown).toBeNull()
    pop.open(popEvent({ ring_at: '2026-11-22T09:05:00+08:00' }))
    expect(pop.shown?.callId).toBe('c1')
  })

  it('goes away when a colleague answers, and says who', () => {
    const pop = usePop()
    pop.open(popEvent({ customer }))
    pop.leave(left({ taken_by: '李敏' }))
    expect([pop.shown, pop.lost?.who, pop.lost?.takenBy]).toEqual([null, '张三', '李敏'])
  })

  it('stays to be written about when the call was mine', () => {
    const pop = usePop()
    pop.open(popEvent())
    pop.leave(left({ served: true, taken_by: '李敏' }))
    expect([pop.shown?.left, pop.shown?.ended, pop.shown?.takenBy]).toEqual([true, false, '李敏'])
  })

  it('follows the call, and knows after a reconnect that it is over', () => {
    const live = useLive()
    const pop = usePop()
    live.take(snapshot({ calls: [callView()] }))
    pop.open(popEvent({ served: true }))
    pop.follow(callView({ state: 'connected', agent: '1001', path: [{ label: '主菜单', keys: '1' }] }))
    expect([pop.shown?.call.state, pop.shown?.call.path]).toEqual(['connected', [{ label: '主菜单', keys: '1' }]])
    live.take(snapshot())
    pop.catchUp()
    expect([pop.shown?.ended, pop.shown?.left]).toEqual([true, true])
  })

  it('does not push a call of a moment ago before the one that rings', () => {
    const pop = usePop()
    pop.open(popEvent())
    pop.open(popEvent({ call: callView({ call_id: 'c0', state: 'ended' }), left: true, served: true }))
    expect([pop.pops.length, pop.shown?.callId]).toEqual([2, 'c1'])
  })

  it('binds a customer to the call while it runs', async () => {
    vi.useFakeTimers()
    const pop = usePop()
    pop.open(popEvent())
    pop.setCustomer('c1', customer)
    expect(pop.shown?.customer?.id).toBe(7)
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toEqual([{ method: 'PATCH', path: '/api/live-calls/c1/note', body: { customer: 7 } }])
    vi.useRealTimers()
  })

  it('shows what others write, but never over the own words', () => {
    const pop = usePop()
    pop.open(popEvent())
    pop.noted({ type: 'CallNoted', call_id: 'c1', note: { reason: 3, summary: '没信号' }, customer: null, by: '1002' })
    expect(pop.shown?.note).toEqual({ reason: 3, summary: '没信号' })
    pop.write('c1', { summary: '没信号，已' })
    pop.noted({ type: 'CallNoted', call_id: 'c1', note: { reason: 4, summary: '没信号' }, customer: null, by: '1002' })
    expect(pop.shown?.note).toEqual({ reason: 4, summary: '没信号，已' })
  })
})

describe('notes', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())
  const fault = (status: number) => ({ status, body: { error: { text: '不行', field: null } } })

  it('send what is written once the person pauses', async () => {
    const notes = useNotes()
    for (const summary of ['没', '没信', '没信号']) notes.write('c1', { summary })
    notes.write('c1', { reason: 3 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked.map((one) => one.body)).toEqual([{ summary: '没信号', reason: 3 }])
    expect([notes.states.c1?.state, notes.unsent('c1')]).toEqual(['saved', {}])
  })

  it('survive a reload, and wait until the box is back', async () => {
    answers.push(fault(503))
    useNotes().write('c1', { summary: '没信号' })
    await vi.advanceTimersByTimeAsync(1000)
    const signedIn = useSession().current
    setActivePinia(createPinia())
    useSession().$patch({ current: signedIn })
    const notes = useNotes()
    expect(notes.unsent('c1')).toEqual({ summary: '没信号' })
    notes.deliverAll()
    await vi.advanceTimersByTimeAsync(0)
    expect(notes.unsent('c1')).toEqual({})
  })

  it('go into the record when the call is over for long', async () => {
    answers.push(fault(404))
    useNotes().write('c1', { summary: '补记' })
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked.map((one) => one.path)).toEqual(['/api/live-calls/c1/note', '/api/calls/c1'])
  })

  it('that are refused stay with the person and are not sent for ever', async () => {
    answers.push(fault(422))
    const notes = useNotes()
    notes.write('c1', { summary: '长' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect([asked.length, notes.states.c1]).toEqual([1, { state: 'refused', text: '不行' }])
    expect(notes.unsent('c1')).toEqual({ summary: '长' })
  })

  it('of one person are not sent by the next', async () => {
    answers.push(fault(401))
    useNotes().write('c1', { summary: '没信号' })
    await vi.advanceTimersByTimeAsync(1000)
    const session = useSession()
    session.$patch({ current: { ...session.current!, user: { ...session.user!, id: 2 } } })
    expect(useNotes().unsent('c1')).toEqual({})
  })
})

describe('session', () => {
  it('that ends under the hands keeps the page and who was there', async () => {
    const session = useSession()
    answers.push({ status: 200, body: { ...session.current, user: null } })
    await session.load()
    expect([session.expired, session.user?.name]).toEqual([true, '王芳'])
    session.forgetUser()
    expect([session.expired, session.user]).toEqual([false, null])
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
