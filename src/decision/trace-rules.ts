/**
 * Lists every access control rule and impersonation rule, and whether it matches.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import type { GroupId } from '../model/identity.ts'
import type { ImpersonationRule } from '../model/role.ts'
import { evaluateAccessControl } from '../policy/access-control.ts'
import {
  compileRole,
  compileRules,
  type Evaluation as Effect,
  evaluateRules,
  isInForce,
  ruleGroupsOf,
} from '../policy/rules.ts'
import { accessRequestOf } from './checks.ts'
import type { Basics } from './evaluation.ts'
import { userOf } from './target.ts'

export type TracedRules = Readonly<{
  accessControl: readonly Readonly<{ rule: AccessControlRule; matched: boolean }>[]
  impersonation: readonly TracedRule[]
  /** The effect of all impersonation rules on the target, and the rules that produced it. */
  effect: Effect
}>

/** An impersonation rule, and whether it matches. */
export type TracedRule = Readonly<{
  rule: ImpersonationRule
  matched: boolean
  /** The groups of each condition that the target is in. */
  groups: Readonly<{ target: readonly GroupId[]; notTarget: readonly GroupId[] }>
}>

const DENY_ALL: Effect = { effect: 'DENY', matchedRules: [] }
const NO_GROUPS = { target: [], notTarget: [] }

/** Returns the rules of a request. Without a role, there are no impersonation rules. */
export function traceRules({ request, caller, target, accessControl }: Basics): TracedRules {
  const { role } = caller
  if (role === undefined) return { accessControl: [], impersonation: [], effect: DENY_ALL }
  const access = accessRequestOf(request, role, target)
  const isNamed = target.kind === 'user' || target.kind === 'unknown'
  const user = userOf(target)
  return {
    accessControl: accessControl.map(rule => ({
      rule,
      matched: evaluateAccessControl([rule], access).matchedRules.length > 0,
    })),
    impersonation: role.rules.map(rule => ({
      rule,
      matched:
        isNamed &&
        isInForce(rule, request) &&
        evaluateRules(compileRules([rule]), user).matchedRules.length > 0,
      groups: user === undefined ? NO_GROUPS : ruleGroupsOf(rule, user),
    })),
    effect: isNamed ? evaluateRules(compileRole(role, request).rules, user) : DENY_ALL,
  }
}
