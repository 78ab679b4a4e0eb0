import { useI18n } from 'vue-i18n'

/** Words for the values that node parameters can take; a value without a word stands for itself. */
export function useWords(): { option: (value: string) => string } {
  const { t, te } = useI18n()
  return { option: (value) => (value === '' ? t('flows.nothing') : te(`flows.options.${value}`) ? t(`flows.options.${value}`) : value) }
}
