/** Runs it when what there is to see now has been drawn; a page that nobody looks at waits until somebody does. */
export function afterPaint(run: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(run)))
}
