import { shallowRef } from 'vue'
import type { PhraseBook, Stop } from './phrasebook'

/** The book of the language that is spoken; null: what the box says is in that language already. */
const book = shallowRef<PhraseBook | null>(null)

/** From now on what the box says is said by this book; null: as it is. */
export function speakBy(next: PhraseBook | null): void {
  book.value = next
}

/**
 * A text that the box made, in the language of the reader. For what the bureau itself wrote there is no translation:
 * do not ask for it. In a template it follows a change of the language.
 */
export function said(text: string): string {
  return book.value === null ? text : book.value.said(text)
}

/** The mark between words of a list, between sentences, after a name: as the language of the reader writes it. */
export function stop(mark: Stop): string {
  return book.value === null ? mark : book.value.stop(mark)
}
