/** The JSON API: one request function, one error type. A failed request carries the server's sentence. */
import { said } from '../locale/said'

export interface Fault {
  field: string
  text: string
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    text: string,
    /** Which input the sentence concerns; null: the whole request. */
    readonly field: string | null = null,
    /** Every wrong field of a form that has several. */
    readonly faults: readonly Fault[] = [],
  ) {
    super(text)
    this.name = 'ApiError'
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

let onSessionLost: () => void = () => undefined
let sentenceFor: (status: number) => string = (status) => `请求失败（${status}）。`
let askPassword: (text: string) => Promise<boolean> = () => Promise.resolve(false)

/**
 * `lost` runs when the server says that nobody is signed in any more; `sentence` words answers that carry no text;
 * `confirm` asks for the password once more and answers whether it was given.
 */
export function configureApi(options: {
  lost: () => void
  sentence: (status: number) => string
  confirm?: (text: string) => Promise<boolean>
}): void {
  onSessionLost = options.lost
  sentenceFor = options.sentence
  if (options.confirm) askPassword = options.confirm
}

export function xsrfToken(cookie: string = document.cookie): string {
  const found = /(?:^|;\s*)_xsrf=([^;]*)/.exec(cookie)
  return found?.[1] ? decodeURIComponent(found[1]) : ''
}

export function errorOf(status: number, body: unknown): ApiError {
  const error = (body as { error?: { text?: unknown; field?: unknown; faults?: Fault[] } } | null)?.error
  const text = typeof error?.text === 'string' && error.text ? said(error.text) : sentenceFor(status)
  const faults = (error?.faults ?? []).map((fault) => ({ ...fault, text: said(fault.text) }))
  return new ApiError(status, text, typeof error?.field === 'string' ? error.field : null, faults)
}

interface Sending {
  body?: unknown
  raw?: Blob
  headers?: Record<string, string>
  signal?: AbortSignal
}

export async function request<T>(method: Method, path: string, sending: Sending = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...sending.headers }
  if (method !== 'GET') headers['X-XSRFToken'] = xsrfToken()
  let body: BodyInit | undefined
  if (sending.raw) {
    body = sending.raw
    headers['Content-Type'] = sending.raw.type || 'application/octet-stream'
  } else if (sending.body !== undefined) {
    body = JSON.stringify(sending.body)
    headers['Content-Type'] = 'application/json'
  }
  let response: Response
  try {
    response = await fetch(path, { method, headers, body, signal: sending.signal, credentials: 'same-origin' })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, sentenceFor(0))
  }
  const answer = await bodyOf(response)
  if (response.ok) return answer as T
  if (response.status === 401 && !path.startsWith('/api/login')) onSessionLost()
  const error = errorOf(response.status, answer)
  if (response.status === 428 && (await askPassword(error.message))) return request<T>(method, path, sending)
  throw error
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!text) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Before something the browser fetches by itself (a download): asks for the password if the server would. */
export async function confirmed(): Promise<boolean> {
  const { confirmed: already } = await get<{ confirmed: boolean }>('/api/confirmation')
  return already || askPassword('')
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => request<T>('GET', path, { signal })
export const post = <T>(path: string, body: unknown = {}): Promise<T> => request<T>('POST', path, { body })
export const put = <T>(path: string, body: unknown): Promise<T> => request<T>('PUT', path, { body })
export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>('PATCH', path, { body })
export const remove = <T>(path: string): Promise<T> => request<T>('DELETE', path)
export const upload = <T>(path: string, raw: Blob): Promise<T> => request<T>('PUT', path, { raw })

/** A file, into memory. */
export async function download(path: string): Promise<Blob> {
  const response = await fetch(path, { credentials: 'same-origin' })
  if (!response.ok) throw errorOf(response.status, await bodyOf(response))
  return response.blob()
}

/** What the page speaks, as the server calls it: files are written in it. */
export const myLanguage = (): 'zh-CN' | 'en' => (document.documentElement.lang === 'en' ? 'en' : 'zh-CN')
export const inMyLanguage = (): string => query({ language: myLanguage() })

/** `?a=1&b=2` without empty members. */
export function query(members: Record<string, string | number | null | undefined>): string {
  const filled = Object.entries(members).filter(([, value]) => value !== null && value !== undefined && value !== '')
  return filled.length ? `?${new URLSearchParams(filled.map(([name, value]) => [name, String(value)]))}` : ''
}

/**
 * Sends a file and tells how much of it is there, 0–1; by XMLHttpRequest, because fetch does not tell. Asks for the
 * password first if the server would. Null: broken off.
 */
export async function sendFile<T>(path: string, file: Blob, progress: (done: number) => void, signal: AbortSignal): Promise<T | null> {
  if (!(await confirmed())) return null
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest()
    sending.open('PUT', path)
    sending.responseType = 'json'
    sending.setRequestHeader('X-XSRFToken', xsrfToken())
    sending.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0)
    sending.onload = () => (sending.status === 200 ? resolve(sending.response as T) : reject(errorOf(sending.status, sending.response)))
    sending.onerror = () => reject(errorOf(0, null))
    sending.onabort = () => resolve(null)
    signal.addEventListener('abort', () => sending.abort())
    sending.send(file)
  })
}
