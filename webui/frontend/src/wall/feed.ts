import { computed, onMounted, onUnmounted, ref } from 'vue'
import { ApiError } from '@/api/client'
import { readWallboard, showDisplay, type Wallboard } from '@/api/monitoring'

const EVERY_MS = 2000
/** So long without an answer and the screen says that it is not up to date. */
const STALE_MS = 8000
const KEPT = 'wallboard-link'
const SECRET = /^#(hld_[\w-]+)$/

/** The secret of the link that was opened, kept in this browser: the television may be switched off and on. */
function secretOf(hash: string): string {
  const given = SECRET.exec(hash)?.[1] ?? ''
  try {
    if (given) localStorage.setItem(KEPT, given)
    return given || (localStorage.getItem(KEPT) ?? '')
  } catch {
    return given
  }
}

/** What the wallboard shows, asked for every two seconds, by the link of a screen or by who is signed in. */
export function useWallFeed(signedIn: () => boolean, queues: string) {
  const board = ref<Wallboard | null>(null)
  const refused = ref('')
  const heardMs = ref(0)
  const nowMs = ref(Date.now())
  const offsetMs = ref(0)
  const secret = signedIn() && !SECRET.test(location.hash) ? '' : secretOf(location.hash)
  const stale = computed(() => heardMs.value > 0 && nowMs.value - heardMs.value > STALE_MS)
  let timer: ReturnType<typeof setTimeout> | undefined
  let ticking: ReturnType<typeof setInterval> | undefined
  let running = false

  async function ask(): Promise<void> {
    try {
      board.value = secret ? await showDisplay(secret) : await readWallboard(queues)
      heardMs.value = Date.now()
      offsetMs.value = Date.parse(board.value.at) - heardMs.value
      refused.value = ''
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // Refused for good is said on the screen; anything else passes, and the figures are marked as old.
      if ([401, 403, 404].includes(error.status)) {
        board.value = null
        refused.value = error.message
      }
    }
    if (running) timer = setTimeout(() => void ask(), EVERY_MS)
  }

  onMounted(() => {
    running = true
    // Passers-by are not to read the secret from the address bar.
    if (secret) history.replaceState(history.state, '', location.pathname + location.search)
    ticking = setInterval(() => (nowMs.value = Date.now()), 1000)
    void ask()
  })
  onUnmounted(() => {
    running = false
    clearTimeout(timer)
    clearInterval(ticking)
  })

  /** Whole seconds since a moment, by the clock of the box. */
  const secondsSince = (iso: string): number => {
    const at = Date.parse(iso)
    return Number.isNaN(at) ? 0 : Math.max(0, Math.floor((nowMs.value + offsetMs.value - at) / 1000))
  }
  const clock = computed(() => new Date(nowMs.value + offsetMs.value))
  return { board, refused, stale, clock, secondsSince, linked: Boolean(secret) }
}
