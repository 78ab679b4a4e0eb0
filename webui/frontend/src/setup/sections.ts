/** The pages of settings, in the order of their side list. */
import { defineAsyncComponent, type Component } from 'vue'

export const SECTION_GROUPS = ['box', 'callers', 'people', 'rules'] as const

export interface Section {
  id: string
  group: (typeof SECTION_GROUPS)[number]
  /** One of these opens it. */
  needs: readonly string[]
  component: Component
}

const page = (load: () => Promise<unknown>): Component => defineAsyncComponent(load as () => Promise<Component>)

export const SECTIONS: readonly Section[] = [
  { id: 'bureau', group: 'box', needs: ['adm.org'], component: page(() => import('./BureauSettings.vue')) },
  { id: 'lines', group: 'box', needs: ['line.config'], component: page(() => import('./LineSettings.vue')) },
  { id: 'seats', group: 'box', needs: ['seat.config'], component: page(() => import('./SeatSettings.vue')) },
  { id: 'phones', group: 'box', needs: ['seat.config'], component: page(() => import('./PhoneSettings.vue')) },
  { id: 'hours', group: 'callers', needs: ['ivr.calendar'], component: page(() => import('./HoursSettings.vue')) },
  { id: 'queues', group: 'callers', needs: ['acd.queue', 'acd.overflow'], component: page(() => import('./QueueSettings.vue')) },
  { id: 'lists', group: 'callers', needs: ['acd.blacklist', 'acd.vip'], component: page(() => import('./ListSettings.vue')) },
  { id: 'boxes', group: 'callers', needs: ['ivr.edit'], component: page(() => import('./BoxSettings.vue')) },
  { id: 'members', group: 'people', needs: ['acd.skill', 'adm.role', 'acd.queue'], component: page(() => import('./MemberSettings.vue')) },
  { id: 'breaks', group: 'people', needs: ['acd.queue'], component: page(() => import('./BreakSettings.vue')) },
  { id: 'reasons', group: 'people', needs: ['cust.fields'], component: page(() => import('./ReasonSettings.vue')) },
  { id: 'recording', group: 'rules', needs: ['rec.rules', 'rec.exempt'], component: page(() => import('./RecordingSettings.vue')) },
  { id: 'sms', group: 'rules', needs: ['line.config'], component: page(() => import('./SmsSettings.vue')) },
  { id: 'dial', group: 'rules', needs: ['adm.role'], component: page(() => import('./DialSettings.vue')) },
]

export const SETTINGS_NEEDS: readonly string[] = [
  'adm.org', 'line.config', 'seat.config', 'ivr.calendar', 'acd.queue', 'acd.overflow', 'acd.blacklist', 'acd.vip', 'ivr.edit',
  'acd.skill', 'adm.role', 'cust.fields', 'rec.rules', 'rec.exempt',
]
