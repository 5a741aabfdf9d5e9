/**
 * Filters of the list of roles.
 *
 * @module
 */

import type { RoleSummary, RoleType } from '../api/roles.ts'
import type { RoleState } from './role-state.ts'

/** Values of the filters. Empty values filter nothing. */
export type RoleFilter = Readonly<{
  text: string
  type: RoleType | ''
  status: RoleStatus | ''
  used: 'RECENTLY' | 'NOT_RECENTLY' | ''
}>

/** Statuses of a role, the first of which is shown. */
export type RoleStatus = RoleState | 'NO_USERS'

/** Time in which a role counts as recently used. */
export const RECENT_DAYS = 30

export const statusOf = ({ State, AllowRules }: RoleSummary): RoleStatus =>
  State === 'ACTIVE' && AllowRules === 0 ? 'NO_USERS' : State

/** @param now - milliseconds since 1970 */
export function matchesFilter(role: RoleSummary, filter: RoleFilter, now: number): boolean {
  const { Name, Description = '', Type, LastUsed = 0 } = role
  const isRecent = LastUsed > now / 1_000 - RECENT_DAYS * 86_400
  return (
    (filter.type === '' || filter.type === Type) &&
    (filter.status === '' || filter.status === statusOf(role)) &&
    (filter.used === '' || isRecent === (filter.used === 'RECENTLY')) &&
    `${Name}\n${Description}`.toLowerCase().includes(filter.text.trim().toLowerCase())
  )
}
