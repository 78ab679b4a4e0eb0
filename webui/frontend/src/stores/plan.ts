import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { readReasons, type Reason } from '@/api/calls'
import { get } from '@/api/client'

export interface Plan {
  seats: { seat: string; station: string; label: string }[]
  queues: { id: string; label: string }[]
  lines: { id: number; label: string }[]
  flows: { id: string; label: string; version: number; nodes: { id: string; label: string; kind: string }[] }[]
  boxes: { id: string; label: string }[]
}

/** Names of what the call plan holds, and the tree of call reasons. */
export const usePlan = defineStore('plan', () => {
  const plan = ref<Plan>({ seats: [], queues: [], lines: [], flows: [], boxes: [] })
  const reasons = ref<Reason[]>([])

  async function load(): Promise<void> {
    const [names, tree] = await Promise.all([get<Plan>('/api/plan'), readReasons()])
    plan.value = names
    reasons.value = tree
  }

  const queueLabel = (id: string | null): string => plan.value.queues.find((one) => one.id === id)?.label ?? id ?? ''
  const lineLabel = (id: number | null): string =>
    id === null ? '' : plan.value.lines.find((one) => one.id === id)?.label || String(id)
  const reasonPath = (id: number | null): string => (id === null ? '' : (pathTo(reasons.value, id)?.join('/') ?? ''))

  const offeredReasons = computed(() => offered(reasons.value))

  return { plan, reasons, offeredReasons, load, queueLabel, lineLabel, reasonPath }
})

function pathTo(tree: Reason[], id: number): string[] | null {
  for (const reason of tree) {
    if (reason.id === id) return [reason.label]
    const below = pathTo(reason.children ?? [], id)
    if (below) return [reason.label, ...below]
  }
  return null
}

function offered(tree: Reason[]): Reason[] {
  return tree.filter((reason) => reason.active).map((reason) => ({ ...reason, children: offered(reason.children ?? []) }))
}
