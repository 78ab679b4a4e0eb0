/** Views for tests: whole and valid, with what a test changes. */
import type { AgentView, CallView, Snapshot } from './messages'

export function callView(change: Partial<CallView> = {}): CallView {
  return {
    call_id: 'c1', direction: 'inbound', state: 'in_flow', started_at: '2026-11-22T09:00:00+08:00', since: '2026-11-22T09:00:02+08:00',
    line: 1, peer_number: '13905620001', peer_name: '', queue: null, agent: null, seat: null, station: null,
    flow: 'main', node: '', node_label: '', recording: false,
    phase: null, consulting: '', recording_paused: false, softkeys: [], path: [], ...change,
  }
}

export function agentView(change: Partial<AgentView> = {}): AgentView {
  return { agent: '1001', name: '王芳', seat: '1', status: 'ready', state: 'idle', reason: '', since: '', call_id: null, talked_today: 0, ...change }
}

export function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  const health = {
    boot: 'b', uptime_s: 1, ticks: 50, late_p50_ms: 0, late_p99_ms: 0, late_max_ms: 0, overruns: 0, tick_work_p99_ms: 1,
    realtime: true, resident_mb: 80, disk_free_mb: 9000, plan_version: 1,
  }
  return {
    type: 'Snapshot', n: 1, at: '2026-11-22T09:00:10+08:00', bureau: '铜陵广电', hotline: '0562-96599', simulated: true,
    lines: [{ line: 1, label: '', state: 'idle', call_id: null, peer_number: '', since: '', fault: '' }],
    stations: [], agents: [], queues: [], calls: [], phones: [], health, ...change,
  }
}
