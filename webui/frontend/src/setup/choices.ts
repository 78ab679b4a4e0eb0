import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { listPrompts, type Prompt } from '@/api/prompts'
import { listStaff, type StaffName } from '@/api/settings'
import { usePlan } from '@/stores/plan'
import { useSession } from '@/stores/session'

export interface Choice {
  value: string | number
  label: string
}

export interface Choices {
  prompts: ShallowRef<Prompt[]>
  staff: ShallowRef<StaffName[]>
  promptChoices: ComputedRef<Choice[]>
  staffChoices: ComputedRef<Choice[]>
  queueChoices: ComputedRef<Choice[]>
  flowChoices: ComputedRef<Choice[]>
  lineChoices: ComputedRef<Choice[]>
  staffName: (agent: string) => string
  load: () => Promise<void>
}

/** What settings can refer to. Who may not see a list gets an empty one: the value itself stays visible. */
export function useChoices(): Choices {
  const session = useSession()
  const plan = usePlan()
  const prompts = shallowRef<Prompt[]>([])
  const staff = shallowRef<StaffName[]>([])

  async function load(): Promise<void> {
    const asked = [
      plan.load(),
      ['ivr.view', 'ivr.prompt'].some(session.can) ? listPrompts().then((list) => (prompts.value = list)) : null,
      ['acd.skill', 'acd.queue', 'adm.role', 'rec.exempt', 'adm.user'].some(session.can) ? listStaff().then((list) => (staff.value = list)) : null,
    ]
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === 'rejected' && !(answer.reason instanceof ApiError)) throw answer.reason
    }
  }

  return {
    prompts, staff, load,
    promptChoices: computed(() => prompts.value.map((one) => ({ value: one.id, label: one.label }))),
    staffChoices: computed(() => staff.value.map((one) => ({ value: one.agent, label: `${one.agent} ${one.name}` }))),
    queueChoices: computed(() => plan.plan.queues.map((one) => ({ value: one.id, label: one.label }))),
    flowChoices: computed(() => plan.plan.flows.map((one) => ({ value: one.id, label: one.label }))),
    lineChoices: computed(() => plan.plan.lines.map((one) => ({ value: one.id, label: one.label }))),
    staffName: (agent) => staff.value.find((one) => one.agent === agent)?.name ?? '',
  }
}
