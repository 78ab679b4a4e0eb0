/** How far a moment is from now, either way, in the two largest parts: `1:05`, `3:20:00` would be too exact to be useful. */
export function remaining(at: string, nowMs: number): string {
  const minutes = Math.floor(Math.abs(Date.parse(at) - nowMs) / 60_000)
  if (Number.isNaN(minutes)) return ''
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  if (days) return `${days}d ${hours}h`
  return hours ? `${hours}h ${minutes % 60}m` : `${minutes}m`
}
