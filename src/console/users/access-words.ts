/**
 * Says in one sentence which principals can impersonate a user.
 *
 * @module
 */

import type { UserAccess } from '../api/users.ts'

/** Returns whether a role allows the user, is not locked, and has a principal that can assume it. */
export const canAct = ({ Effect, Locked, Principals }: UserAccess): boolean =>
  Effect === 'ALLOW' && !Locked && Principals.length > 0

/** Sorts roles that can impersonate the user first, then other roles that allow the user, then by name. */
export function byAccess(a: UserAccess, b: UserAccess): number {
  const weight = (access: UserAccess) =>
    Number(canAct(access)) * 2 + Number(access.Effect === 'ALLOW')
  return weight(b) - weight(a) || a.Name.localeCompare(b.Name)
}

/** @param isEnabled - whether the user is enabled; a disabled user can't be impersonated */
export function accessInWords(roles: readonly UserAccess[], isEnabled: boolean): string {
  if (!isEnabled) return 'No principal can impersonate this user while the user is disabled.'
  const acting = roles.filter(canAct)
  const principals = new Set(
    acting.flatMap(role => role.Principals.map(({ PrincipalId }) => PrincipalId)),
  )
  const isProtected = roles.some(({ Reason }) => Reason === 'mailbox-protected')
  if (principals.size === 0)
    return isProtected
      ? 'The mailbox is protected, so no principal can impersonate this user.'
      : 'No principal can impersonate this user.'
  const writing = acting.filter(({ Type }) => Type === 'FULL_ACCESS').length
  const how =
    writing === 0 ? 'with read-only access' : writing === acting.length ? 'with full access' : ''
  const parts = [
    `${principals.size} ${principals.size === 1 ? 'principal' : 'principals'} can impersonate this user`,
    how,
    `in ${acting.length} ${acting.length === 1 ? 'role' : 'roles'}`,
  ]
  const sentence = `${parts.filter(part => part !== '').join(' ')}.`
  return isProtected ? `${sentence} The mailbox is protected from all other roles.` : sentence
}
