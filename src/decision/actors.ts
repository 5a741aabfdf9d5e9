/**
 * Finds the principals that can act in a role now.
 *
 * @module
 */

import { type ExternalIdentity, isUnreadable } from '../model/external-identity.ts'
import { type AccessKey, isUsable, type Principal } from '../model/principal.ts'
import type { RoleId } from '../model/role.ts'
import { type Moment, stateOfPeriod } from '../model/validity.ts'
import { assumerOf } from '../policy/assumers.ts'
import { assumesOnly } from '../policy/iam.ts'

/** A principal, and everything that it can sign in with. */
export type CredentialedPrincipal = Readonly<{
  principal: Principal
  keys: readonly AccessKey[]
  identities: readonly ExternalIdentity[]
}>

/** `NO_CREDENTIAL`: every key is disabled or outside its period, and no identity can sign in. */
export const PRINCIPAL_STATES = ['ACTIVE', 'NOT_YET', 'ENDED', 'NO_CREDENTIAL'] as const
export type PrincipalState = (typeof PRINCIPAL_STATES)[number]

/** A principal whose policy allows it to assume a role. It can act now only if it is `ACTIVE`. */
export type Actor = Readonly<{ principal: Principal; state: PrincipalState }>

/**
 * Returns a function that returns the enabled principals whose policy allows them to assume a role now, from some
 * address.
 */
export function actorsOf(
  all: readonly CredentialedPrincipal[],
  moment: Moment,
): (role: RoleId) => readonly Actor[] {
  const enabled = all.filter(isEnabled).map(one => ({
    actor: { principal: one.principal, state: stateOf(one, moment) },
    mayAssume: assumerOf(one.principal.policy, one.principal.organizationId, moment),
  }))
  return role => enabled.filter(({ mayAssume }) => mayAssume(role)).map(({ actor }) => actor)
}

/** Returns the state of any principal: `DISABLED` also if this version doesn't understand all of it. */
export const stateOfPrincipal = (
  one: CredentialedPrincipal,
  moment: Moment,
): PrincipalState | 'DISABLED' => (isEnabled(one) ? stateOf(one, moment) : 'DISABLED')

const isEnabled = ({ principal }: CredentialedPrincipal): boolean =>
  principal.enabled && principal.unreadable === undefined

function stateOf(one: CredentialedPrincipal, moment: Moment): PrincipalState {
  const period = stateOfPeriod(one.principal, moment)
  if (period !== 'ACTIVE') return period
  return hasCredential(one, moment) ? 'ACTIVE' : 'NO_CREDENTIAL'
}

/** Whether a client can sign in as the principal. An identity can't if the policy allows more than to assume roles. */
function hasCredential(
  { principal, keys, identities }: CredentialedPrincipal,
  moment: Moment,
): boolean {
  if (keys.some(key => isUsable({ key, principal }, moment))) return true
  return assumesOnly(principal.policy) && identities.some(identity => !isUnreadable(identity))
}
