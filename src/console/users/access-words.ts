/**
 * Who can act as somebody, in one sentence.
 *
 * @module
 */

import type { UserAccess } from '../api/users.ts'

/** A role that allows it, is not locked, and that somebody may assume. */
export const canAct = ({ Effect, Locked, Principals }: UserAccess): boolean =>
  Effect === 'ALLOW' && !Locked && Principals.length > 0

/** What can be done comes first, then what could, then by name. */
export function byAccess(a: UserAccess, b: UserAccess): number {
  const weight = (access: UserAccess) =>
    Number(canAct(access)) * 2 + Number(access.Effect === 'ALLOW')
  return weight(b) - weight(a) || a.Name.localeCompare(b.Name)
}

/** @param isEnabled - whether the user can be impersonated at all */
export function accessInWords(roles: readonly UserAccess[], isEnabled: boolean): string {
  if (!isEnabled) return 'Nobody can act as this person while the user is disabled.'
  const acting = roles.filter(canAct)
  const who = new Set(acting.flatMap(role => role.Principals.map(({ PrincipalId }) => PrincipalId)))
  if (who.size === 0) return 'Nobody can act as this person now.'
  const writing = acting.filter(({ Type }) => Type === 'FULL_ACCESS').length
  const how = writing === 0 ? 'to read only' : writing === acting.length ? 'with full access' : ''
  const parts = [
    `${who.size} ${who.size === 1 ? 'principal' : 'principals'} can act as this person`,
    how,
    `in ${acting.length} ${acting.length === 1 ? 'role' : 'roles'}`,
  ]
  return `${parts.filter(part => part !== '').join(' ')}.`
}
