import { createI18n } from 'vue-i18n'
import { fill } from './fill'
import { speakBy } from './said'
import type { PageMessages } from './zh/pages'
import zhCN, { type Messages } from './zh-CN'

export type Language = 'zh-CN' | 'en'

function storedLanguage(): Language {
  try {
    return localStorage.getItem('language') === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}

export const i18n = createI18n<[Messages & PageMessages], Language, false>({
  messageCompiler: fill,
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zhCN } as Record<Language, Messages & PageMessages>,
})

const WORDS_OF_PAGES = { 'zh-CN': () => import('./zh/pages'), en: () => import('./en/pages') }
const coming = new Map<Language, Promise<void>>()

/** Words of every page; without them there are those of the frame and of the first page. */
export function wordsOfPages(language: Language = storedLanguage()): Promise<void> {
  const known = coming.get(language)
  if (known) return known
  const words = WORDS_OF_PAGES[language]().then((pages) => i18n.global.mergeLocaleMessage(language, pages.default))
  coming.set(language, words)
  words.catch(() => coming.delete(language)) // asked for again by the next page
  return words
}

/** The language of the last time, as soon as its words are there: not all of them are waited for. */
export async function startLanguage(): Promise<void> {
  await speak(storedLanguage())
}

/** Changes the language. Loads the other one only when somebody wants it. */
export async function useLanguage(language: Language): Promise<void> {
  await wordsOfPages(language)
  await speak(language)
}

async function speak(language: Language): Promise<void> {
  if (language === 'en') {
    const [messages, book] = await Promise.all([import('./en'), import('./en/box')])
    i18n.global.mergeLocaleMessage('en', messages.default)
    speakBy(book.default)
  } else {
    speakBy(null)
  }
  i18n.global.locale.value = language
  document.documentElement.lang = language
  try {
    localStorage.setItem('language', language)
  } catch {
    // Storage may be switched off: the choice then lasts until the page is closed.
  }
}
