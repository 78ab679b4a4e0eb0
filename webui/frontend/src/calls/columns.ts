/** Columns of the call log: the same ids as in the Excel export (`appliance/jobs/export_columns.py`). */
import type { ShownColumn } from '@/api/calllog'

export interface Column {
  id: string
  widthPx: number
  /** The server sorts by it. */
  sorted?: boolean
  right?: boolean
  /** Shown to somebody who has chosen nothing yet. */
  first?: boolean
}

export const COLUMNS: readonly Column[] = [
  { id: 'started_at', widthPx: 146, sorted: true, first: true },
  { id: 'direction', widthPx: 70, sorted: true, first: true },
  { id: 'peer_number', widthPx: 126, sorted: true, first: true },
  { id: 'customer_name', widthPx: 74, first: true },
  { id: 'result', widthPx: 106, sorted: true, first: true },
  { id: 'line', widthPx: 68, sorted: true, first: true },
  { id: 'queue', widthPx: 80, sorted: true, first: true },
  { id: 'agent_name', widthPx: 80, first: true },
  { id: 'wait_s', widthPx: 60, sorted: true, right: true, first: true },
  { id: 'talk_s', widthPx: 64, sorted: true, right: true, first: true },
  { id: 'reason', widthPx: 100, first: true },
  { id: 'summary', widthPx: 104, first: true },
  { id: 'recording', widthPx: 66, first: true },
  { id: 'voicemail', widthPx: 72 },
  { id: 'cust_status', widthPx: 84 },
  { id: 'cust_level', widthPx: 84 },
  { id: 'area', widthPx: 84 },
  { id: 'agent', widthPx: 76, sorted: true },
  { id: 'station', widthPx: 64 },
  { id: 'ring_s', widthPx: 72, right: true },
  { id: 'total_s', widthPx: 80, right: true },
  { id: 'rating', widthPx: 76 },
  { id: 'ticket', widthPx: 110 },
  { id: 'hang_up_side', widthPx: 88 },
  { id: 'hang_up_cause', widthPx: 110 },
  { id: 'answered_at', widthPx: 138 },
  { id: 'connected_at', widthPx: 138 },
  { id: 'ended_at', widthPx: 138 },
  { id: 'peer_number_raw', widthPx: 138 },
  { id: 'peer_name', widthPx: 96 },
  { id: 'caller_id', widthPx: 130 },
  { id: 'hotline', widthPx: 120 },
  { id: 'agents', widthPx: 110 },
  { id: 'transfers', widthPx: 140 },
  { id: 'call_id', widthPx: 190 },
]
export const MIN_WIDTH_PX = 48
export const MAX_WIDTH_PX = 600
const KNOWN = new Map(COLUMNS.map((column) => [column.id, column]))

export const columnOf = (id: string): Column => KNOWN.get(id) ?? { id, widthPx: 100 }
export const firstColumns = (): ShownColumn[] =>
  COLUMNS.filter((column) => column.first).map(({ id, widthPx }) => ({ id, width_px: widthPx }))

/** What a person has kept, without columns that this version does not know; nothing kept: as the box comes. */
export function shownColumns(kept: readonly ShownColumn[]): ShownColumn[] {
  const known = kept.filter((column) => KNOWN.has(column.id))
  return known.length ? known : firstColumns()
}

export const withinWidth = (px: number): number => Math.round(Math.min(MAX_WIDTH_PX, Math.max(MIN_WIDTH_PX, px)))

/** The column moved so that it stands where `before` stands; without it at the end. */
export function moved(columns: readonly ShownColumn[], id: string, before: string | null): ShownColumn[] {
  const one = columns.find((column) => column.id === id)
  if (!one || id === before) return [...columns]
  const rest = columns.filter((column) => column.id !== id)
  const at = before === null ? rest.length : rest.findIndex((column) => column.id === before)
  rest.splice(at < 0 ? rest.length : at, 0, one)
  return rest
}

/** Rows that must be there to fill the view: first and one behind the last. */
export function windowOf(scrollPx: number, heightPx: number, rowPx: number, rows: number, spare = 8): [number, number] {
  const first = Math.max(0, Math.floor(scrollPx / rowPx) - spare)
  const last = Math.min(rows, Math.ceil((scrollPx + heightPx) / rowPx) + spare)
  return [Math.min(first, rows), Math.max(last, Math.min(first, rows))]
}
