/** What the catalogue of permissions says, in the language of the reader. */
import type { Permission, Role } from '@/api/people'
import { said } from '@/locale/said'

export const saidPermission = (one: Permission): Permission => ({ ...one, label: said(one.label), description: said(one.description), area: said(one.area) })

/** Built-in roles are called in the reader's language, until the bureau calls them otherwise. */
export const roleName = (role: Role): string => (role.built_in ? said(role.label) : role.label)
