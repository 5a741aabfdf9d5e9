/**
 * The checks of a decision one by one, each as if all others passed.
 *
 * Every outcome is that of the function which the data plane itself decides by.
 *
 * @module
 */

import { NEUTRAL_OPERATIONS, type OperationName, operationOf } from '../ews/operations.ts'
import { type AccessControlRule, DEFAULT_ACCESS_CONTROL_RULE } from '../model/access-control.ts'
import type { Reason } from '../model/decision.ts'
import { userId } from '../model/identity.ts'
import type { ImpersonationRole, ImpersonationRule } from '../model/role.ts'
import { evaluateAccessControl } from '../policy/access-control.ts'
import { type Circumstances, decide, isLocked, type Target } from '../policy/decide.ts'
import { compileRules, evaluateRules, groupsHit } from '../policy/rules.ts'

/** In the order in which the data plane makes them; the first that refuses ends a decision. */
export const CHECKS = ['Lock', 'AccessControl', 'Operation', 'RoleType', 'Impersonation'] as const
type Check = (typeof CHECKS)[number]

/** By the reason for a refusal; what else may be a reason is none of a decision before the body. */
export const CHECK_OF: Readonly<Partial<Record<Reason, Check>>> = {
  'role-locked': 'Lock',
  'access-control-denies': 'AccessControl',
  'operation-unknown': 'Operation',
  'operation-refused': 'RoleType',
  'role-is-read-only': 'RoleType',
  'rule-denies': 'Impersonation',
  'no-rule-allows': 'Impersonation',
  'unknown-user': 'Impersonation',
  'impersonation-missing': 'Impersonation',
}

/** What a decision is made of. */
export type Judged = Readonly<{
  role: ImpersonationRole
  /** Local name of the operation element. */
  element: string
  target: Target
  circumstances: Circumstances
}>

/** The decision as the data plane makes it. */
export const decideOn = ({ role, element, target, circumstances }: Judged) =>
  decide({ role, rules: compileRules(role.rules) }, element, target, circumstances)

/** Every check with its outcome, whether or not the decision came to it. */
export function checksOf(judged: Judged) {
  const { role, element, target, circumstances } = judged
  const operation = operationOf(element)
  const open = openTo(judged)
  const reasons: Readonly<Record<Check, Reason | undefined>> = {
    Lock: isLocked(role.lock, circumstances.at) ? 'role-locked' : undefined,
    AccessControl: isOpen(judged) ? undefined : 'access-control-denies',
    Operation: operation === undefined ? 'operation-unknown' : undefined,
    RoleType:
      operation &&
      reasonOf({ ...open, role: { ...open.role, rules: [EVERYONE] }, target: ANYBODY }),
    Impersonation: reasonOf({ ...open, element: harmlessFor(operation, target) }),
  }
  return CHECKS.map(name => ({
    Name: name,
    ...(name === 'RoleType' && operation === undefined
      ? { Outcome: 'NOT_MADE' }
      : outcomeOf(reasons[name])),
  }))
}

/** Every access control rule, and whether it matched. */
export const accessControlOf = (judged: Judged) =>
  judged.circumstances.accessControl.map(rule => ({
    Name: rule.name,
    Effect: rule.effect,
    Matched: evaluate([rule], judged).matchedRules.length > 0,
  }))

export type JudgedRule = ReturnType<typeof rulesOf>[number]

/** Every impersonation rule, and whether it matched; without a user to match, none does. */
export const rulesOf = ({ role, target }: Judged) =>
  role.rules.map(rule => ({
    groups: target.kind === 'user' ? groupsHit(rule, target) : { target: [], notTarget: [] },
    ImpersonationRuleId: rule.id,
    ...(rule.name !== undefined && { Name: rule.name }),
    Effect: rule.effect,
    Matched: isHit(rule, target),
  }))

const EVERYONE: ImpersonationRule = { id: 'everyone', effect: 'ALLOW' }
const ANYBODY: Target = { kind: 'user', id: userId('anybody') }

function isHit(rule: ImpersonationRule, target: Target): boolean {
  if (target.kind !== 'user' && target.kind !== 'unknown') return false
  const user = target.kind === 'user' ? target : undefined
  return evaluateRules(compileRules([rule]), user).matchedRules.length > 0
}

const evaluate = (rules: readonly AccessControlRule[], { role, target, circumstances }: Judged) =>
  evaluateAccessControl(rules, {
    sourceAddress: circumstances.sourceAddress,
    action: 'EWS',
    userId: target.kind === 'user' ? target.id : undefined,
    roleId: role.id,
  })

const isOpen = (judged: Judged): boolean =>
  evaluate(judged.circumstances.accessControl, judged).effect === 'ALLOW'

/** The same, where neither a lock nor access control is in the way. */
function openTo(judged: Judged): Judged {
  const { lock: _, ...role } = judged.role
  const circumstances = {
    ...judged.circumstances,
    accessControl: [DEFAULT_ACCESS_CONTROL_RULE],
  }
  return { ...judged, role, circumstances }
}

/** An operation that every role may, and that is neutral where the one that is asked for is. */
function harmlessFor(operation: OperationName | undefined, { kind }: Target): string {
  const isNeutral = operation !== undefined && NEUTRAL_OPERATIONS.has(operation)
  return isNeutral && kind === 'neutral' ? 'GetServerTimeZones' : 'GetFolder'
}

function reasonOf(judged: Judged): Reason | undefined {
  const decision = decideOn(judged)
  return decision.verdict === 'deny' ? decision.reason : undefined
}

const outcomeOf = (reason: Reason | undefined) =>
  reason === undefined ? { Outcome: 'PASS' } : { Outcome: 'REFUSE', Reason: reason }
