import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { get, post } from '@/api/client'

export interface User {
  id: number
  login: string
  name: string
  roles: string[]
  permissions: string[]
  /** Staff number; null or empty for people who take no calls. */
  agent: string | null
  must_change_password: boolean
}

export interface Session {
  version: string
  set_up: boolean
  /** Whoever sets the box up has to know the secret of its label. */
  secret_needed: boolean
  simulated: boolean
  /** There are phones with their hooks in the browser: the simulated card's, or sound cards. */
  virtual_phones: boolean
  bureau: string
  hotline: string
  user: User | null
}

/** Who sits here, and what the box told us before anybody signed in. */
export const useSession = defineStore('session', () => {
  const current = ref<Session | null>(null)
  /** The session ended under the person's hands: the page stays as it is until somebody signs in again. */
  const expired = ref(false)
  const user = computed(() => current.value?.user ?? null)
  const permissions = computed(() => new Set(user.value?.permissions ?? []))

  async function load(): Promise<Session> {
    const fresh = await get<Session>('/api/session')
    const ended = Boolean(user.value && !fresh.user)
    current.value = ended ? { ...fresh, user: user.value } : fresh
    expired.value = ended
    return current.value
  }

  async function setUp(form: { password: string; name?: string; bureau?: string; hotline?: string; secret?: string }): Promise<void> {
    current.value = await post<Session>('/api/setup', form)
  }

  async function logIn(login: string, password: string): Promise<void> {
    await post('/api/login', { login, password })
    await load()
  }

  async function logOut(): Promise<void> {
    await post('/api/logout')
    forgetUser()
  }

  async function changePassword(old: string, fresh: string): Promise<void> {
    await post('/api/password', { old, new: fresh })
    await load()
  }

  function expire(): void {
    if (user.value) expired.value = true
  }

  function forgetUser(): void {
    expired.value = false
    if (current.value) current.value = { ...current.value, user: null }
  }

  const can = (permission: string): boolean => permissions.value.has(permission)

  return { current, expired, expire, user, can, load, setUp, logIn, logOut, changePassword, forgetUser }
})
