/**
 * The naive model's checks, each as if all others passed.
 *
 * @module
 */

import { accessEffect } from './naive-access.ts'
import { roleFor } from './naive-caller.ts'
import { isNeutral, refusalOfOperation } from './naive-operation.ts'
import { personMeant } from './naive-people.ts'
import { isLocked, isNow } from './naive-period.ts'
import { isProtected } from './naive-protection.ts'
import { ruleRow } from './naive-rules.ts'
import type { Question, Role, World } from './terms.ts'

/** Reasons of checks that deny, `PASS`, or `NOT_MADE`, by check. The check of the body is left out. */
export function checksNaively(
  world: World,
  role: Role,
  question: Question,
  now = Date.now(),
): Readonly<Record<string, string>> {
  const meant = personMeant(world, question)
  const user = typeof meant === 'string' ? undefined : meant
  const { from, operation } = question
  const access = accessEffect(world.accessControl, { from, userId: user?.id, roleId: role.id })
  const refusal = refusalOfOperation(role, operation)
  const isUnknown = refusal === 'operation-unknown'
  const principal = world.principals.find(({ id }) => id === question.caller)
  const endless = world.principals.map(({ id, statements }) => ({ id, statements }))
  const caller = roleFor({ ...world, principals: endless }, { ...question, role: role.id }, now)
  return {
    PrincipalTime: isNow(principal ?? {}, now) ? 'PASS' : 'principal-expired',
    CallerPolicy: typeof caller === 'string' ? caller : 'PASS',
    Protection: isProtected(world, role, user, now) ? 'mailbox-protected' : 'PASS',
    Lock: isLocked(role, now) ? 'role-locked' : 'PASS',
    RoleTime: isNow(role, now) ? 'PASS' : 'role-expired',
    AccessControl: access.effect === 'DENY' ? 'access-control-denies' : 'PASS',
    Operation: isUnknown ? 'operation-unknown' : 'PASS',
    RoleType: isUnknown ? 'NOT_MADE' : (refusal ?? 'PASS'),
    Profile: 'PASS',
    Target: checkTarget(world, question),
    Impersonation: checkImpersonation(world, role, question),
    SharedMailbox: user === undefined ? 'NOT_MADE' : 'PASS',
  }
}

function checkTarget(world: World, question: Question): string {
  const meant = personMeant(world, question)
  if (meant === 'conflict') return 'impersonation-conflict'
  if (meant !== 'unnamed') return 'PASS'
  const canBeNeutral = world.neutralMailbox !== undefined && isNeutral(question.operation)
  return canBeNeutral ? 'PASS' : 'impersonation-missing'
}

function checkImpersonation(world: World, role: Role, question: Question): string {
  const meant = personMeant(world, question)
  if (meant === 'conflict') return 'impersonation-conflict'
  if (meant === 'unnamed') {
    if (world.neutralMailbox === undefined) return 'impersonation-missing'
    const allows = role.rules.some(rule => rule.effect === 'ALLOW' && isNow(rule))
    return allows ? 'PASS' : 'no-rule-allows'
  }
  if (meant === 'unknown') return 'unknown-user'
  const { effect, rules } = ruleRow(world, role, meant)
  if (effect === 'ALLOW') return 'PASS'
  return rules.length > 0 ? 'rule-denies' : 'no-rule-allows'
}
