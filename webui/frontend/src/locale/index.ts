import { createI18n } from 'vue-i18n'
import { fill } from './fill'
import { speakBy } from './said'
import zhCN, { type Messages } from './zh-CN'

export type Language = 'zh-CN' | 'en'

function storedLanguage(): Language {
  try {
    return localStorage.getItem('language') === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}

export const i18n = createI18n<[Messages], Language, false>({
  messageCompiler: fill,
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zhCN } as Record<Language, Messages>,
})

/** Loads the other language only when somebody wants it. */
export async function useLanguage(language: Language = storedLanguage()): Promise<void> {
  if (language === 'en') {
    const [messages, book] = await Promise.all([import('./en'), import('./en/box')])
    i18n.global.setLocaleMessage('en', messages.default)
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
