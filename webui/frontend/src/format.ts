/** Times and lengths as people read them. */

const two = (value: number): string => String(value).padStart(2, '0')

/** `3:07`, `1:02:09`. */
export function clockLength(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const hours = Math.floor(whole / 3600)
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`
  return hours ? `${hours}:${rest}` : rest.replace(/^0/, '')
}

/** `11-22 09:05:07`; the year too when it is not this one. Shows the box's local time as written in the text. */
export function dayAndTime(iso: string | null | undefined, thisYear = new Date().getFullYear()): string {
  const found = /^(\d{4})-(\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(iso ?? '')
  if (!found) return ''
  return found[1] === String(thisYear) ? `${found[2]} ${found[3]}` : `${found[1]}-${found[2]} ${found[3]}`
}

/** `09:05:07`. */
export function timeOfDay(iso: string | null | undefined): string {
  return /T(\d\d:\d\d:\d\d)/.exec(iso ?? '')?.[1] ?? ''
}

/** `2.4 GB`, `310 MB`. */
export function megabytes(mb: number): string {
  return mb >= 1024 ? `${(mb / 1024).toFixed(1)} GB` : `${Math.round(mb)} MB`
}

/** Local date and time without zone, as the search object takes it: `2026-11-22T00:00:00`. */
export function localIso(at: Date): string {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
