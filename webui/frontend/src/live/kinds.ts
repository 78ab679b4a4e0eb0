/** Colours of states; the word beside them says the same. */
import type { AgentView, LineView, StationView } from './messages'

export type Kind = 'good' | 'busy' | 'warn' | 'bad' | 'idle'

export const LINE_KINDS: Record<LineView['state'], Kind> = {
  out_of_service: 'bad', idle: 'good', ringing: 'warn', seized: 'busy', dialing: 'busy', talking: 'busy', releasing: 'idle',
}
export const STATION_KINDS: Record<StationView['state'], Kind> = {
  out_of_service: 'bad', on_hook: 'good', ringing: 'warn', off_hook: 'busy', talking: 'busy', flash_pending: 'busy', howler: 'bad',
}

export function agentKind(agent: Pick<AgentView, 'state' | 'status'>): Kind {
  if (agent.state === 'on_call') return 'busy'
  if (agent.state !== 'idle') return 'warn'
  return agent.status === 'ready' ? 'good' : 'idle'
}
