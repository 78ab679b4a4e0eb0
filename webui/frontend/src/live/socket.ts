/** A WebSocket that comes back by itself: 0.5 s, 1 s, 2 s … at most 10 s between attempts. */

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000
/** The server closes with this code when the session is over: trying again would be refused for ever. */
const CLOSED_NOT_ALLOWED = 4401

export interface SocketListener {
  opened?: () => void
  text: (message: string) => void
  binary?: (message: ArrayBuffer) => void
  /** The connection is gone; `retryInMs` is null when it will not be tried again. */
  lost: (retryInMs: number | null) => void
}

export function pauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)
}

export function socketUrl(path: string, at: Pick<Location, 'protocol' | 'host'> = location): string {
  return `${at.protocol === 'https:' ? 'wss' : 'ws'}://${at.host}${path}`
}

export class LastingSocket {
  private socket: WebSocket | null = null
  private attempt = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private wanted = false

  constructor(
    private readonly path: string,
    private readonly listener: SocketListener,
  ) {}

  open(): void {
    if (this.wanted) return
    this.wanted = true
    this.attempt = 0
    this.connect()
  }

  close(): void {
    this.wanted = false
    clearTimeout(this.timer)
    this.socket?.close()
    this.socket = null
  }

  /** Try at once instead of waiting for the pause to end. */
  retryNow(): void {
    if (!this.wanted || this.socket) return
    clearTimeout(this.timer)
    this.connect()
  }

  send(message: string | ArrayBufferLike): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(message)
    return true
  }

  private connect(): void {
    const socket = new WebSocket(socketUrl(this.path))
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    socket.onopen = () => {
      this.attempt = 0
      this.listener.opened?.()
    }
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.listener.text(data)
      else this.listener.binary?.(data)
    }
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return
      this.socket = null
      this.afterClose(code)
    }
  }

  private afterClose(code: number): void {
    if (!this.wanted) return
    if (code === CLOSED_NOT_ALLOWED) {
      this.wanted = false
      this.listener.lost(null)
      return
    }
    const pause = pauseMs(this.attempt)
    this.attempt += 1
    this.listener.lost(pause)
    this.timer = setTimeout(() => this.connect(), pause)
  }
}
