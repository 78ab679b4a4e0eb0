/** The way back: the form that a saved search was made with. */
import {
  emptyForm, emptyStep, NO_REASON, NONE, NOT_TALKED, CONDITIONS, type CallSearch, type ConditionId, type SearchForm,
} from './search'

export function toForm(search: CallSearch): SearchForm {
  const form = emptyForm()
  for (const id of CONDITIONS) form.not[id] = search[id]?.not === true
  const { time_span: time, peer_number: number, summary, customer, transfer, ticket, ivr_path: path } = search
  Object.assign(form, {
    range: time?.since && time.until ? [moment(time.since, false), moment(time.until, true)] : null,
    dayFrom: time?.day_from ?? '', dayUntil: time?.day_until ?? '', weekdays: time?.weekdays ?? [], dayKinds: time?.day_kinds ?? [],
    directions: search.direction?.values ?? [],
    results: [...(search.result?.not_talked ? [NOT_TALKED] : []), ...(search.result?.values ?? [])],
    talk: { min: search.talk_sec?.min ?? null, max: search.talk_sec?.max ?? null },
    wait: { min: search.wait_sec?.min ?? null, max: search.wait_sec?.max ?? null },
    lines: search.line?.values ?? [], agents: search.agent?.agents ?? [], units: search.agent?.units ?? [], queues: search.queue?.values ?? [],
    steps: path?.steps.map((step) => ({ node: [step.flow ?? '', step.node ?? ''].join('/').replace(/\/$/, ''), digits: step.digits ?? '' })) ?? [emptyStep()],
    transfers: [...(transfer?.none ? [NONE] : []), ...(transfer?.kinds ?? [])], transferTarget: transfer?.target ?? '',
    reasons: [...(search.reason?.none ? [NO_REASON] : []), ...(search.reason?.values ?? [])],
    statuses: search.cust_class?.statuses ?? [], levels: search.cust_class?.levels ?? [], areas: search.cust_class?.areas ?? [],
    recordings: search.recording?.values ?? [], recordingReasons: search.recording?.reasons ?? [],
    voicemails: search.voicemail?.values ?? [], voicemailFor: search.voicemail?.for ?? [], ratings: search.rating?.values ?? [],
  })
  if (number) Object.assign(form, { numberMatch: number.match ?? 'contains', numbers: number.numbers?.join(' ') ?? '' })
  if (summary) Object.assign(form, { wordMatch: summary.match ?? 'all', words: summary.words ?? '' })
  if (customer) Object.assign(form, { customerMatch: customer.match ?? 'contains', customerField: customer.field ?? 'any', customerText: customer.text ?? '' })
  if (ticket) {
    Object.assign(form, {
      ticketPresent: ticket.present === undefined ? '' : ticket.present ? 'yes' : 'no', ticketNumbers: ticket.numbers?.join(' ') ?? '',
      ticketKinds: ticket.kinds ?? [], ticketStatuses: ticket.statuses ?? [],
      ticketOverdue: ticket.overdue ?? false, ticketRepeated: ticket.repeated ?? false,
    })
  }
  return form
}

/** The search without one of its conditions. */
export function without(search: CallSearch, id: ConditionId): CallSearch {
  return Object.fromEntries(Object.entries(search).filter(([name]) => name !== id))
}

/** Conditions whose "not" is pressed although nothing is filled in: the press does nothing. */
export function idleNots(form: SearchForm, search: CallSearch): ConditionId[] {
  return CONDITIONS.filter((id) => form.not[id] && search[id] === undefined)
}

/** A day without time begins with its first second and ends with its last. */
function moment(text: string, end: boolean): Date {
  const whole = text.includes('T') ? text : `${text}T${end ? '23:59:59' : '00:00:00'}`
  return new Date(whole)
}
