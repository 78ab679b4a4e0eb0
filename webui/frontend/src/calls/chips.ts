import { useI18n } from 'vue-i18n'
import { stop } from '@/locale/said'
import { usePlan } from '@/stores/plan'
import type { CallChoices } from '@/api/calllog'
import { CONDITIONS, type CallSearch, type ConditionId } from './search'

export interface Chip {
  id: ConditionId
  name: string
  text: string
  not: boolean
}

type Words = (search: CallSearch) => (string | undefined | false)[]

/** The active conditions of a search in words, in the order of the specification. */
export function useChips(choices: () => CallChoices | null): (search: CallSearch) => Chip[] {
  const { t, te } = useI18n()
  const plan = usePlan()
  const word = (group: string) => (value: string | number): string => (te(`${group}.${value}`) ? t(`${group}.${value}`) : String(value))
  const all = (group: string, values: readonly (string | number)[] = []): string => values.map(word(group)).join(stop('、'))
  const day = (text: string | undefined): string => text?.replace('T', ' ').replace(/:\d\d$/, '') ?? ''
  const agent = (id: string): string => choices()?.agents.find((one) => one.agent === id)?.name ?? id
  const unit = (id: number): string => choices()?.units.find((one) => one.id === id)?.label ?? String(id)
  const node = (flow: string | undefined, id: string | undefined): string => {
    const drawn = plan.plan.flows.find((one) => one.id === flow)
    return [drawn?.label ?? flow, drawn?.nodes.find((one) => one.id === id)?.label ?? id].filter(Boolean).join(' / ')
  }
  const between = (span: { min?: number; max?: number } | undefined): (string | undefined)[] => [
    span && t('calllog.between', { min: span.min ?? 0, max: span.max ?? '∞' }),
  ]

  const words: Record<ConditionId, Words> = {
    time_span: ({ time_span: one }) => [
      (one?.since ?? one?.until) && `${day(one?.since)} ~ ${day(one?.until)}`, one?.day_from && `${one.day_from}–${one.day_until ?? ''}`,
      all('weekday', one?.weekdays), all('dayKind', one?.day_kinds),
    ],
    direction: (search) => [all('direction', search.direction?.values)],
    result: ({ result: one }) => [one?.not_talked && t('search.notTalked'), all('result', one?.values)],
    talk_sec: (search) => between(search.talk_sec),
    wait_sec: (search) => between(search.wait_sec),
    peer_number: ({ peer_number: one }) => [one && word('search.numberMatch')(one.match ?? 'contains'), one?.numbers?.join(stop('、'))],
    line: (search) => [search.line?.values.map((id) => plan.lineLabel(id)).join(stop('、'))],
    agent: ({ agent: one }) => [one?.agents?.map(agent).join(stop('、')), one?.units?.map(unit).join(stop('、'))],
    queue: (search) => [search.queue?.values.map((id) => plan.queueLabel(id)).join(stop('、'))],
    ivr_path: (search) => [
      search.ivr_path?.steps.map((step) => [node(step.flow, step.node), step.digits && t('step.pressed', { digits: step.digits })].filter(Boolean).join(' ')).join(stop('、')),
    ],
    transfer: ({ transfer: one }) => [one?.none && t('transfer.none'), all('transfer', one?.kinds), one?.target],
    reason: ({ reason: one }) => [one?.none && t('search.noReason'), one?.values?.map((id) => plan.reasonPath(id) || String(id)).join(stop('、'))],
    summary: ({ summary: one }) => [one && word('search.wordMatch')(one.match ?? 'all'), one?.words],
    customer: ({ customer: one }) => [
      one && one.match !== 'unknown' && word('search.customerField')(one.field ?? 'any'), one && word('search.customerMatch')(one.match ?? 'contains'), one?.text,
    ],
    cust_class: ({ cust_class: one }) => [one?.statuses?.join(stop('、')), one?.levels?.join(stop('、')), one?.areas?.join(stop('、'))],
    recording: ({ recording: one }) => [all('recordingChoice', one?.values), all('noRecording', one?.reasons)],
    voicemail: ({ voicemail: one }) => [all('voicemailChoice', one?.values), one?.for?.map((id) => plan.plan.boxes.find((box) => box.id === id)?.label ?? agent(id)).join(stop('、'))],
    rating: (search) => [all('rating', search.rating?.values)],
    ticket: ({ ticket: one }) => [
      one?.present !== undefined && t(one.present ? 'search.ticketYes' : 'search.ticketNo'), one?.numbers?.join(stop('、')), one?.kinds?.join(stop('、')), one?.statuses?.join(stop('、')),
      one?.overdue && t('search.overdue'), one?.repeated && t('search.repeated'),
    ],
  }

  return (search) =>
    CONDITIONS.filter((id) => search[id] !== undefined).map((id) => ({
      id, name: t(`search.${id}`), text: words[id](search).filter(Boolean).join(' · '), not: search[id]?.not === true,
    }))
}
