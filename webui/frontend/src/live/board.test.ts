import { describe, expect, it } from 'vitest'
import { applyEvent, emptyBoard, type Board } from './board'
import { agentView, callView, snapshot } from './examples'
import type { LiveEvent } from './messages'
import { pauseMs, socketUrl } from './socket'

const after = (...events: LiveEvent[]): Board => events.reduce((board, event) => applyEvent(board, event, Date.parse('2026-11-22T09:00:00+08:00')), emptyBoard())

describe('applyEvent', () => {
  it('takes a snapshot as the whole truth and learns the clock of the box', () => {
    const board = after(snapshot({ calls: [callView()] }), snapshot())
    expect(board.engineUp).toBe(true)
    expect(board.calls).toEqual([])
    expect(board.clockOffsetMs).toBe(10_000)
  })

  it('replaces what changed and adds what is new', () => {
    const line = { line: 1, label: '', state: 'ringing' as const, call_id: 'c1', peer_number: '', since: '', fault: '' }
    const board = after(snapshot(), { type: 'LineChanged', n: 2, line }, { type: 'LineChanged', n: 3, line: { ...line, line: 2 } })
    expect(board.lines.map((one) => [one.line, one.state])).toEqual([[1, 'ringing'], [2, 'ringing']])
  })

  it('drops ended calls and agents who signed out', () => {
    const board = after(
      snapshot({ calls: [callView()], agents: [agentView()] }),
      { type: 'CallChanged', n: 2, call: callView({ state: 'ended' }) },
      { type: 'AgentChanged', n: 3, agent: agentView({ status: 'logged_out', seat: null }) },
    )
    expect(board.calls).toEqual([])
    expect(board.agents).toEqual([])
    expect(after(snapshot({ agents: [agentView({ status: 'logged_out', seat: null })] })).agents).toEqual([])
  })

  it('remembers the way through the flow, each node once, until the next snapshot', () => {
    const at = (node_label: string): LiveEvent => ({ type: 'CallChanged', n: 0, call: callView({ node_label }) })
    const ended: LiveEvent = { type: 'CallChanged', n: 0, call: callView({ state: 'ended', node_label: '' }) }
    const board = after(snapshot(), at('欢迎词'), at('欢迎词'), at('主菜单'), ended)
    expect(board.trails).toEqual({ c1: ['欢迎词', '主菜单'] })
    expect(applyEvent(board, snapshot(), 0).trails).toEqual({})
  })

  it('knows a call from its screen pop, until it has left for good', () => {
    const pop = { type: 'ScreenPop' as const, n: 2, agent: '1001', seat: '1', call: callView(), ring_at: '', customer: null, earlier: [] }
    const board = after(snapshot(), pop)
    expect(board.calls.map((call) => call.call_id)).toEqual(['c1'])
    const left = { type: 'CallLeft' as const, call_id: 'c1', agent: '1001', served: false, ended: false, taken_by: '' }
    expect(applyEvent(board, { ...left, unseen: false }, 0).calls).toHaveLength(1)
    expect(applyEvent(board, { ...left, unseen: true }, 0).calls).toEqual([])
    expect(applyEvent(after(snapshot()), { ...pop, left: true }, 0).calls).toEqual([])
  })

  it('keeps the picture while the engine is down', () => {
    const board = after(snapshot(), { type: 'EngineDown' })
    expect([board.engineUp, board.lines.length]).toEqual([false, 1])
  })
})

describe('socket', () => {
  it('waits longer after each failure, at most ten seconds', () => {
    expect([0, 1, 2, 5, 30].map(pauseMs)).toEqual([500, 1000, 2000, 10_000, 10_000])
  })

  it('stays on the host and the security of the page', () => {
    expect(socketUrl('/live', { protocol: 'http:', host: '10.0.0.5:8080' })).toBe('ws://10.0.0.5:8080/live')
    expect(socketUrl('/live', { protocol: 'https:', host: 'box' })).toBe('wss://box/live')
  })
})
