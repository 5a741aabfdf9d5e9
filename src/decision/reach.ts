/**
 * Evaluates a role for one user: the effect, and the reason of a denial.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { Organization, User, UserId } from '../model/identity.ts'
import type { Protection } from '../model/protection.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { Moment } from '../model/validity.ts'
import { isProtected, protectionFrom } from '../policy/protection.ts'
import { type CompiledRules, compileRole, type Evaluation, evaluateRules } from '../policy/rules.ts'
import { denialOfRole } from './role-state.ts'
import { reachableUser } from './target.ts'

/** The effect on a user, the rules that produced it, and the reason if it is a denial. */
export type Reach = Evaluation & Readonly<{ reason?: Reason }>

/** Data that the reach of every role of an organization depends on. */
export type ReachPolicy = Readonly<{
  organization: Organization
  protection: Protection
  moment: Moment
}>

/**
 * Returns the reach of a role now: what its protection, lock, period, and rules say about a user, whatever the request.
 * The decision on each request makes the same checks, in the same order.
 */
export function reachOf(policy: ReachPolicy, role: ImpersonationRole, user: User): Reach {
  const reach = reachWhenActive(policy, role, user)
  const reason = denialOfRole(role, policy.moment)
  return reason === undefined || reach === PROTECTED ? reach : { ...DENIED, reason }
}

/** Returns the reach that a role would have now without its lock and its period. */
export function reachWhenActive(
  { organization, protection, moment }: ReachPolicy,
  role: ImpersonationRole,
  user: User,
): Reach {
  const reachable = reachableUser(organization, user)
  return isProtected(protectionFrom(role.id, protection, moment), reachable)
    ? PROTECTED
    : evaluateReach(compileRole(role, moment).rules, reachable)
}

/** Returns the number of ALLOW rules that are in force. Without one, the role reaches no user. */
export const countAllowRules = (role: ImpersonationRole, moment: Moment): number =>
  compileRole(role, moment).rules.rules.filter(({ rule }) => rule.effect === 'ALLOW').length

const DENIED: Reach = { effect: 'DENY', matchedRules: [] }
const PROTECTED: Reach = { ...DENIED, reason: 'mailbox-protected' }

/**
 * Returns what a role's rules alone say about a user.
 *
 * @param user - undefined for a user that is unknown or can't be impersonated
 */
export function evaluateReach(rules: CompiledRules, user: User | undefined): Reach {
  const evaluation = evaluateRules(rules, user)
  if (evaluation.effect === 'ALLOW') return evaluation
  return { ...evaluation, reason: denialOfRules(user?.id, evaluation.matchedRules.length) }
}

function denialOfRules(user: UserId | undefined, matching: number): Reason {
  if (user === undefined) return 'unknown-user'
  return matching > 0 ? 'rule-denies' : 'no-rule-allows'
}
