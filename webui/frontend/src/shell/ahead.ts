type Load = () => Promise<unknown>

const QUIET_MS = 1500
/** So long a busy browser may put one of them off; then it is loaded all the same. */
const LATEST_MS = 4000

/**
 * Loads what will be wanted, one after the other and only while the browser has nothing else to do, so that neither
 * a call nor a change of page waits for it. What cannot be had now is loaded when it is wanted. Returns how to stop.
 */
export function loadAhead(loads: readonly Load[]): () => void {
  let stopped = false

  async function go(): Promise<void> {
    for (const load of loads) {
      await idle()
      if (stopped) return
      await load().catch(() => undefined)
    }
  }

  const timer = setTimeout(() => void go(), QUIET_MS)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

function idle(): Promise<void> {
  return new Promise((done) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => done(), { timeout: LATEST_MS })
    else setTimeout(done, 50) // Safari has none
  })
}
