/**
 * Says in one sentence which principals can impersonate a user.
 *
 * @module
 */

import type { UserAccess } from '../api/users.ts'
import { closedInWords } from '../roles/role-state.ts'

/** Returns whether a role reaches the user now, and has a principal that can act. */
export const canAct = (access: UserAccess): boolean =>
  access.Effect === 'ALLOW' && actorsIn(access).length > 0

const actorsIn = ({ Principals }: UserAccess) =>
  Principals.filter(({ State }) => State === 'ACTIVE')

/** Returns whether the rules of a role allow the user, even if the role is locked or outside its period. */
export const isAllowing = ({ Effect, AllowsWhenActive = false }: UserAccess): boolean =>
  Effect === 'ALLOW' || AllowsWhenActive

/** Returns why no principal can impersonate the user in a role whose rules allow the user. */
export function whyNot(access: UserAccess): string {
  const closed = closedInWords(access)
  if (closed !== undefined) return `role ${closed}`
  return access.Principals.length === 0 ? 'no principals' : 'no principal can sign in now'
}

/** Sorts roles that can impersonate the user first, then other roles that allow the user, then by name. */
export function byAccess(a: UserAccess, b: UserAccess): number {
  const weight = (access: UserAccess) => Number(canAct(access)) * 2 + Number(isAllowing(access))
  return weight(b) - weight(a) || a.Name.localeCompare(b.Name)
}

/** @param isEnabled - whether the user is enabled; a disabled user can't be impersonated */
export function accessInWords(roles: readonly UserAccess[], isEnabled: boolean): string {
  if (!isEnabled) return 'No principal can impersonate this user while the user is disabled.'
  const acting = roles.filter(canAct)
  const principals = new Set(
    acting.flatMap(role => actorsIn(role).map(({ PrincipalId }) => PrincipalId)),
  )
  const isProtected = roles.some(({ Reason }) => Reason === 'mailbox-protected')
  if (principals.size === 0 && isProtected)
    return 'The mailbox is protected, so no principal can impersonate this user.'
  if (principals.size === 0) {
    const [first, ...others] = roles.filter(isAllowing)
    return first === undefined || others.length > 0
      ? 'No principal can impersonate this user now.'
      : `No principal can impersonate this user now: ${whyNot(first)}.`
  }
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
