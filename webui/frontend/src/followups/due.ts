/** How far a moment is from now, either way, in whole minutes. */
export function remaining(at: string, nowMs: number): { days: number; hours: number; minutes: number } {
  const minutes = Math.floor(Math.abs(Date.parse(at) - nowMs) / 60_000) || 0
  return { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 }
}
