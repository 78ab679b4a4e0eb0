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
  simulated: boolean
  bureau: string
  hotline: string
  user: User | null
}

/** Who sits here, and what the box told us before anybody signed in. */
export const useSession = defineStore('session', () => {
  const current = ref<Session | null>(null)
  const user = computed(() => current.value?.user ?? null)
  const permissions = computed(() => new Set(user.value?.permissions ?? []))

  async function load(): Promise<Session> {
    current.value = await get<Session>('/api/session')
    return current.value
  }

  async function setUp(form: { password: string; name?: string; bureau?: string; hotline?: string }): Promise<void> {
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

  function forgetUser(): void {
    if (current.value) current.value = { ...current.value, user: null }
  }

  const can = (permission: string): boolean => permissions.value.has(permission)

  return { current, user, can, load, setUp, logIn, logOut, changePassword, forgetUser }
})
