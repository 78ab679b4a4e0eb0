import { useI18n } from 'vue-i18n'
import type { CallRow } from '@/api/calls'
import { clockLength, dayAndTime } from '@/format'
import { stop } from '@/locale/said'
import { usePlan } from '@/stores/plan'

/** What stands in a cell of the call log, as text: the same in the list and on paper. */
export function useCells(): (row: CallRow, column: string) => string {
  const { t, te } = useI18n()
  const plan = usePlan()
  const word = (group: string, value: string | null): string => (value ? (te(`${group}.${value}`) ? t(`${group}.${value}`) : value) : '')
  const length = (seconds: number): string => (seconds ? clockLength(seconds) : '')

  function recording(row: CallRow): string {
    if (row.has_recording) return t('calllog.has')
    return word('noRecording', row.no_recording)
  }

  const texts: Record<string, (row: CallRow) => string> = {
    direction: (row) => word('direction', row.direction),
    result: (row) => word('result', row.result),
    peer_number: (row) => row.peer_number || t('call.noNumber'),
    line: (row) => plan.lineLabel(row.line),
    queue: (row) => plan.queueLabel(row.queue),
    agent_name: (row) => row.agent_name || row.agent || '',
    reason: (row) => row.reason_label,
    recording,
    voicemail: (row) => (row.has_voicemail ? word('voicemailChoice', row.voicemail_state) : ''),
    rating: (row) => word('rating', row.rating),
    hang_up_side: (row) => word('side', row.hang_up_side),
    hang_up_cause: (row) => word('cause', row.hang_up_cause),
    caller_id: (row) => word('callerId', row.caller_id),
    agents: (row) => row.agents.join(stop('、')),
    transfers: (row) => row.transfers.map((one) => transferWords(one)).join(stop('、')),
  }

  function transferWords(text: string): string {
    const [kind = '', ...target] = text.split(':')
    return target.length && te(`transfer.${kind}`) ? `${t(`transfer.${kind}`)} ${target.join(':')}` : text
  }

  return (row, column) => {
    const own = texts[column]
    if (own) return own(row)
    const value = (row as unknown as Record<string, string | number | null>)[column]
    if (column.endsWith('_at')) return dayAndTime(value as string | null)
    if (column.endsWith('_s')) return length(Number(value ?? 0))
    return value === null || value === undefined ? '' : String(value)
  }
}
