import { computed, type ComputedRef } from 'vue'
import { useLive } from '@/stores/live'
import { useEditor } from './editor'

const INSIDE = new Set(['offered', 'in_flow', 'queued', 'alerting', 'in_voicemail'])

/** Numbers of the callers who are in this flow now, by the node they are at. */
export function useCallers(): ComputedRef<Map<string, string[]>> {
  const live = useLive()
  const editor = useEditor()
  return computed(() => {
    const found = new Map<string, string[]>()
    for (const call of live.board.calls) {
      if (call.flow !== editor.id || !call.node || !INSIDE.has(call.state)) continue
      found.set(call.node, [...(found.get(call.node) ?? []), call.peer_number])
    }
    return found
  })
}
