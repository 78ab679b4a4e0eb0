/** Which part of a list is shown when not everything finds room. Pure. */

export function pageCount(length: number, size: number): number {
  return Math.max(1, Math.ceil(length / size))
}

/** The items of the page that is due after so many seconds, each page for `rotateS`. */
export function pageOf<T>(items: readonly T[], size: number, rotateS: number, seconds: number): T[] {
  const page = Math.floor(seconds / rotateS) % pageCount(items.length, size)
  return items.slice(page * size, (page + 1) * size)
}

const STEPS = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]] as const

/** A few pixels to and fro, another place every minute: nothing burns into the screen. */
export function drift(seconds: number, pixels: number): { x: number; y: number } {
  const [x, y] = STEPS[Math.floor(seconds / 60) % STEPS.length] as (typeof STEPS)[number]
  return { x: x * pixels, y: y * pixels }
}
