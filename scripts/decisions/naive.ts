/**
 * A second model of the decision, as plain as possible: loops over plain data, without tables or
 * caches. It shares no code with the gateway that it is compared with.
 *
 * @module
 */

import { accessEffect } from './naive-access.ts'
import { refusalOfBody } from './naive-body.ts'
import { roleFor } from './naive-caller.ts'
import { isNeutral, refusalOfOperation } from './naive-operation.ts'
import { personMeant } from './naive-people.ts'
import { isLocked, isNow } from './naive-period.ts'
import { isProtected } from './naive-protection.ts'
import { ruleRow } from './naive-rules.ts'
import { type Answer, type Question, type Role, refused, type World } from './terms.ts'

/** Decides a request from the caller's policy to the body. The first denial ends it. */
export function decideNaively(world: World, question: Question, now = Date.now()): Answer {
  const role = roleFor(world, question, now)
  return typeof role === 'string' ? refused(role) : decideInRole(world, role, question, now)
}

/** Decides the same for a caller who is known to be permitted to assume the role. */
export function decideInRole(
  world: World,
  role: Role,
  question: Omit<Question, 'caller' | 'role'>,
  now = Date.now(),
): Answer {
  const meant = personMeant(world, question)
  const user = typeof meant === 'string' ? undefined : meant
  if (isProtected(world, role, user, now)) return refused('mailbox-protected')
  if (isLocked(role, now)) return refused('role-locked')
  if (!isNow(role, now)) return refused('role-expired')

  const access = accessEffect(world.accessControl, {
    from: question.from,
    userId: user?.id,
    roleId: role.id,
  })
  if (access.effect === 'DENY') return refused('access-control-denies', access.names)

  const refusal = refusalOfOperation(role, question.operation)
  if (refusal !== undefined) return refused(refusal)

  if (meant === 'conflict') return refused('impersonation-conflict')
  if (meant === 'unnamed') return decideUnnamed(world, role, question)
  const { effect, rules, groups } = ruleRow(world, role, user)
  if (user === undefined) return refused('unknown-user', rules, groups)
  if (effect === 'DENY')
    return refused(rules.length > 0 ? 'rule-denies' : 'no-rule-allows', rules, groups)

  const reason = refusalOfBody(world, role, user, question.body, now)
  if (reason !== undefined) return refused(reason, rules, groups)
  const actAs = user.primarySmtpAddress
  return { verdict: 'allow', matchedRules: rules, matchedGroups: groups, actAs }
}

/** A request that names no user is forwarded as the neutral mailbox, if its operation touches none. */
function decideUnnamed(
  { neutralMailbox }: World,
  role: Role,
  { operation }: Pick<Question, 'operation'>,
): Answer {
  if (neutralMailbox === undefined || !isNeutral(operation)) return refused('impersonation-missing')
  if (!role.rules.some(rule => rule.effect === 'ALLOW' && isNow(rule)))
    return refused('no-rule-allows')
  return { verdict: 'allow', matchedRules: [], matchedGroups: [], actAs: neutralMailbox }
}
