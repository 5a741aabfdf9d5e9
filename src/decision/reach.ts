/**
 * Evaluates the rules of a role for one user: their effect, and the reason of a denial.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { Organization, User, UserId } from '../model/identity.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { Moment } from '../model/validity.ts'
import { type CompiledRules, compileRole, type Evaluation, evaluateRules } from '../policy/rules.ts'
import { reachableUser } from './target.ts'

/** The effect on a user, the rules that produced it, and the reason if it is a denial. */
export type Reach = Evaluation & Readonly<{ reason?: Reason }>

/** Returns the reach of a role: what its rules alone say about a user at a time, whatever the request. */
export const reachOf = (
  organization: Organization,
  role: ImpersonationRole,
  user: User,
  moment: Moment,
): Reach => evaluateReach(compileRole(role, moment).rules, reachableUser(organization, user))

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
