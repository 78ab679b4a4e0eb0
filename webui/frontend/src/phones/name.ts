import { useI18n } from 'vue-i18n'
import type { PhoneView } from '@/live/messages'

/** What a telephone set is called: the engine counts outside phones `out-1`…, and calls seat phones by their station. */
export function usePhoneName(): (phone: PhoneView) => string {
  const { t } = useI18n()
  return (phone) => t(phone.outside ? 'phones.outsideOne' : 'phones.stationOne', { n: phone.phone.replace(/^out-/, '') })
}
