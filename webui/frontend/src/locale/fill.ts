import type { MessageContext, MessageFunction } from 'vue-i18n'

const filled = new Map<string, MessageFunction<string>>()

/** A sentence as a function that puts values in its places: `{name}` is all that ours have. */
export function fill(sentence: unknown): MessageFunction<string> {
  const text = String(sentence)
  const known = filled.get(text)
  if (known) return known
  const parts = text.split(/\{(\w+)\}/)
  const made: MessageFunction<string> =
    parts.length === 1
      ? () => text
      : (values: MessageContext<string>) => parts.map((part, index) => (index % 2 ? String(values.named(part) ?? '') : part)).join('')
  filled.set(text, made)
  return made
}
