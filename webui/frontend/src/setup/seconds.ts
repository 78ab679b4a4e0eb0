/** How long that is, for people: `= 2 小时`. Nothing for what is read easily as it stands. */
export function inWords(seconds: number, t: (key: string, values: Record<string, number>) => string): string {
  if (!Number.isFinite(seconds) || seconds < 90) return ''
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.round((seconds % 3600) / 60)
  if (hours && minutes) return t('settings.unit.hm', { h: hours, m: minutes })
  return hours ? t('settings.unit.h', { h: hours }) : t('settings.unit.m', { m: minutes })
}
