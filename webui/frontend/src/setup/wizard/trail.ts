/** What a test call does, line by line, out of what the live board shows. Pure. */
import type { CallView } from '@/live/messages'

export interface TrailWords {
  from: (number: string) => string
  line: (line: number) => string
  flow: (node: string) => string
  queue: (queue: string) => string
  rings: (seat: string) => string
  talks: (seat: string) => string
}

/** The sentence for what the call is doing now; empty when there is nothing new to tell. */
export function sentenceOf(call: CallView, words: TrailWords): string {
  switch (call.state) {
    case 'offered':
      return words.line(call.line ?? 0)
    case 'in_flow':
    case 'in_voicemail':
      return call.node_label || call.node ? words.flow(call.node_label || call.node) : words.from(call.peer_number)
    case 'queued':
      return words.queue(call.queue ?? '')
    case 'alerting':
      return words.rings(call.seat ?? '')
    case 'connected':
      return words.talks(call.seat ?? '')
    default:
      return ''
  }
}
