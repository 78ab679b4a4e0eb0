import {
  createRouter, createWebHistory, type RouteLocation, type RouteLocationRaw, type Router, type RouterHistory,
} from 'vue-router'
import { wordsOfPages } from './locale'
import { SETTINGS_NEEDS } from './setup/sections'
import type { useSession } from './stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Open before anybody has signed in. */
    public?: boolean
    /** Permissions of which one opens the page; the server checks it again at every request. */
    needs?: readonly string[]
    /** Only where phones have their hooks in the browser. */
    phones?: boolean
    /** Only for people with a staff number. */
    agent?: boolean
    title: string
  }
}

type SessionStore = ReturnType<typeof useSession>

/** Groups of the navigation, in their order. */
export const GROUPS = ['desk', 'flows', 'people', 'system'] as const

/** Pages in the order of the navigation; the first that a person may open is where that person begins. */
export const PAGES = [
  { name: 'desk', group: 'desk', path: '/desk', needs: ['agent.login'], agent: true, component: () => import('./pages/Desk.vue') },
  { name: 'live', group: 'desk', path: '/live-board', needs: ['mon.lines'], component: () => import('./pages/LiveBoard.vue') },
  { name: 'lines', group: 'system', path: '/lines', needs: ['mon.lines', 'line.test'], component: () => import('./pages/Lines.vue') },
  { name: 'alarms', group: 'system', path: '/alarms', needs: ['mon.lines', 'mon.queue', 'sys.status'], component: () => import('./pages/Alarms.vue') },
  { name: 'calls', group: 'desk', path: '/calls', needs: ['call.view'], component: () => import('./pages/Calls.vue') },
  { name: 'voicemails', group: 'desk', path: '/voicemails', needs: ['vm.own', 'vm.sub'], component: () => import('./pages/Voicemails.vue') },
  { name: 'followUps', group: 'desk', path: '/follow-ups', needs: ['call.view'], component: () => import('./pages/FollowUps.vue') },
  { name: 'sms', group: 'desk', path: '/sms', needs: ['sms.send'], component: () => import('./pages/Sms.vue') },
  { name: 'customers', group: 'desk', path: '/customers', needs: ['cust.view'], component: () => import('./pages/Customers.vue') },
  { name: 'flows', group: 'flows', path: '/flows', needs: ['ivr.view'], component: () => import('./pages/Flows.vue') },
  { name: 'settings', group: 'flows', path: '/settings/:section?', needs: SETTINGS_NEEDS, component: () => import('./pages/Settings.vue') },
  { name: 'prompts', group: 'flows', path: '/prompts', needs: ['ivr.prompt'], component: () => import('./pages/Prompts.vue') },
  { name: 'users', group: 'people', path: '/users', needs: ['adm.user', 'adm.org'], component: () => import('./pages/Users.vue') },
  { name: 'roles', group: 'people', path: '/roles', needs: ['adm.role'], component: () => import('./pages/Roles.vue') },
  { name: 'signIns', group: 'people', path: '/sign-ins', needs: ['adm.kick'], component: () => import('./pages/SignIns.vue') },
  { name: 'operations', group: 'people', path: '/operations', needs: ['adm.audit'], component: () => import('./pages/Operations.vue') },
  { name: 'phones', group: 'system', path: '/virtual-phones', phones: true, needs: ['agent.login', 'line.test'], component: () => import('./pages/Phones.vue') },
  { name: 'interfaces', group: 'system', path: '/interfaces', needs: ['api.key', 'api.log'], component: () => import('./pages/Interfaces.vue') },
  { name: 'storage', group: 'system', path: '/storage', needs: ['sys.storage', 'rec.list', 'rec.integrity'], component: () => import('./pages/Storage.vue') },
  { name: 'network', group: 'system', path: '/network', needs: ['sys.network', 'sys.time'], component: () => import('./pages/Network.vue') },
  { name: 'backups', group: 'system', path: '/backups', needs: ['sys.backup', 'sys.restore'], component: () => import('./pages/Backups.vue') },
  { name: 'updates', group: 'system', path: '/updates', needs: ['sys.update', 'sys.reboot', 'sys.restore'], component: () => import('./pages/Updates.vue') },
  { name: 'support', group: 'system', path: '/support', needs: ['sys.remote', 'sys.log'], component: () => import('./pages/Support.vue') },
  { name: 'status', group: 'system', path: '/status', needs: ['sys.status'], component: () => import('./pages/Status.vue') },
] as const

/** Where the words of the frame are enough; the others come while somebody is there. */
const BRIEF: ReadonlySet<unknown> = new Set<unknown>(['desk', 'login', 'setup', 'home', 'missing'])

export type PageName = (typeof PAGES)[number]['name']

export function mayOpen(meta: { needs?: readonly string[]; phones?: boolean; agent?: boolean }, session: SessionStore): boolean {
  if (meta.phones && !session.current?.virtual_phones) return false
  if (meta.agent && !session.user?.agent) return false
  return !meta.needs || meta.needs.some(session.can)
}

/** Where a person begins; `home` says that there is nothing to do for an account without any role. */
function firstPage(session: SessionStore): PageName | 'home' {
  return PAGES.find((page) => mayOpen(page, session))?.name ?? 'home'
}

export function buildRouter(session: SessionStore, history: RouterHistory = createWebHistory()): Router {
  const router = createRouter({
    history,
    routes: [
      { path: '/setup', name: 'setup', component: () => import('./pages/SetUp.vue'), meta: { public: true, title: 'setup' } },
      { path: '/login', name: 'login', component: () => import('./pages/Login.vue'), meta: { public: true, title: 'login' } },
      { path: '/calls/print', name: 'callsPrint', component: () => import('./pages/CallsPrint.vue'), meta: { needs: ['call.print'], title: 'callsPrint' } },
      { path: '/wallboard', name: 'wallboard', component: () => import('./pages/Wallboard.vue'), meta: { public: true, title: 'wallboard' } },
      {
        path: '/',
        component: () => import('./shell/Shell.vue'),
        meta: { title: 'home' },
        children: [
          { path: '', name: 'home', component: () => import('./pages/Nothing.vue'), meta: { title: 'home' } },
          ...PAGES.map(({ name, path, component, group: _group, ...meta }) => ({ name, path, component, meta: { ...meta, title: name } })),
          { path: 'flows/:flow', name: 'flow', component: () => import('./pages/FlowEditor.vue'), meta: { needs: ['ivr.view'], title: 'flow' } },
          { path: 'wizard', name: 'wizard', component: () => import('./pages/Wizard.vue'), meta: { title: 'wizard', needs: ['adm.org'] } },
          { path: ':rest(.*)*', name: 'missing', component: () => import('./pages/Missing.vue'), meta: { title: 'missing' } },
        ],
      },
    ],
  })
  router.beforeEach(async (to) => {
    const go = await guard(to, session)
    if (go === true && !BRIEF.has(to.name)) void wordsOfPages().catch(() => undefined) // while the page itself is loaded
    return go
  })
  router.beforeResolve(async (to) => {
    if (!BRIEF.has(to.name)) await wordsOfPages()
  })
  return router
}

/** Whether the person may go there, or where to instead. */
export async function guard(to: RouteLocation, session: SessionStore): Promise<RouteLocationRaw | true> {
  if (!session.current) {
    try {
      await session.load()
    } catch {
      // The box does not answer: the login page says so and tries again.
      return to.name === 'login' ? true : { name: 'login', query: { back: to.fullPath } }
    }
  }
  const setUp = session.current?.set_up ?? true
  if (!setUp) return to.name === 'setup' ? true : { name: 'setup' }
  if (to.name === 'setup') return { name: 'home' }
  if (!session.user) return to.meta.public ? true : { name: 'login', query: { back: to.fullPath } }
  if (to.name === 'login') return { name: 'home' }
  const first = firstPage(session)
  return (to.name === 'home' && first !== 'home') || !mayOpen(to.meta, session) ? { name: first } : true
}
