/**
 * Compares how the guards of two roles, or of a role and its draft, limit bodies of requests that are not known.
 *
 * @module
 */

import type { Organization } from '../model/identity.ts'
import { isSame, without } from '../model/members.ts'
import { MAILBOXES, type RoleContent, type RoleGuard } from '../model/role.ts'
import { isSwitchedOn } from './guard.ts'

/** Contents that the bodies of an operation can have. */
export type BodyKind = Readonly<{
  /** Whether they can send, grant access, or create rules. */
  changes: boolean
  /** Whether they can name mailboxes or subscriptions that need a rule whatever the guard says. */
  needsRules: boolean
}>

/**
 * Returns whether one guard certainly allows every body of an operation that the other guard allows. Ignores profiles.
 *
 * @param sameRules - whether both roles have the same rules
 */
export function guardCovers(
  wider: RoleContent,
  narrower: RoleContent,
  { changes, needsRules }: BodyKind,
  sameRules: boolean,
  organization: Organization,
): boolean {
  if (!isSame(without(wider.guard, COMPARED), without(narrower.guard, COMPARED))) return false
  if (!sameRules && (needsRules || dependsOnRules(wider, changes))) return false
  if (reachIn(wider) < reachIn(narrower)) return false
  if (!changes) return true
  return (
    SWITCHES.every(name => isSwitchedOn(wider, name) || !isSwitchedOn(narrower, name)) &&
    sendersIn(wider, organization) >= sendersIn(narrower, organization)
  )
}

const SWITCHES = ['delegation', 'inboxRules', 'sending'] as const

/**
 * Members of a guard that are compared, or that limit operations and no bodies. A difference in any other member, also
 * one that was added later, counts as not covered.
 */
const COMPARED = [
  ...SWITCHES,
  'mailboxes',
  'senders',
  'directoryLookups',
  'extraReads',
] as const satisfies readonly (keyof RoleGuard)[]

const dependsOnRules = ({ guard }: RoleContent, changes: boolean): boolean =>
  guard.mailboxes === 'permitted' || (changes && guard.senders === 'permitted')

/** `MAILBOXES` is ordered from the least to the most. */
const reachIn = ({ guard }: RoleContent): number => MAILBOXES.indexOf(guard.mailboxes)

/** `server` allows no more than `own` if the upstream doesn't check senders. */
function sendersIn({ guard }: RoleContent, { enforcesSendAs }: Organization): number {
  if (guard.senders === 'permitted') return 1
  return guard.senders === 'server' && enforcesSendAs === true ? 2 : 0
}
