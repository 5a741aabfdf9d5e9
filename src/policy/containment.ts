/**
 * Whether a policy allows no more than another one: what keeps a principal from giving away what it
 * does not have.
 *
 * The answer is only yes where that is certain from the texts. Every action that the policy allows
 * must be covered by one statement of the other, under conditions that are at least as strict; and
 * every Deny of the other that meets what is allowed must stand in the policy as well.
 *
 * @module
 */

import type { PolicyDocument, Statement } from '../model/iam.ts'
import { foldName, type OrganizationId } from '../model/identity.ts'
import { concerns } from './iam.ts'
import { isAsStrict } from './strictness.ts'
import { areDisjoint, coversPattern } from './wildcard.ts'

/**
 * What a policy may allow beyond a limit, in words for whoever wrote it; nothing where it is
 * certain to stay within.
 *
 * @param organization - to which both principals belong: nothing else is theirs to allow
 */
export function excessOf(
  policy: PolicyDocument,
  limit: PolicyDocument,
  organization: OrganizationId,
): readonly string[] {
  const limits = limit.Statement.filter(statement => concerns(statement, organization))
  const denied = policy.Statement.filter(
    statement => statement.Effect === 'Deny' && concerns(statement, organization),
  )
  return policy.Statement.flatMap((statement, i) =>
    statement.Effect === 'Allow' && concerns(statement, organization)
      ? excessOfStatement(statement, limits, denied).map(what => `Statement[${i}] ${what}`)
      : [],
  )
}

function excessOfStatement(
  statement: Statement,
  limits: readonly Statement[],
  denied: readonly Statement[],
): readonly string[] {
  const allowing = limits.filter(({ Effect }) => Effect === 'Allow')
  const denying = limits.filter(({ Effect }) => Effect === 'Deny')
  return [
    ...statement.Action.filter(
      action => !allowing.some(limit => allows(limit, action, statement)),
    ).map(action => `allows ${action}`),
    ...denying
      .filter(limit => meets(limit, statement) && !isRepeated(limit, denied))
      .map(({ Action }) => `lacks the Deny on ${Action.join(', ')}`),
  ]
}

function allows(limit: Statement, action: string, { Condition: condition = {} }: Statement) {
  return coversAction(limit, action) && isAsStrict(condition, limit.Condition ?? {})
}

/** Whether what a statement allows may be among what another one denies. */
const meets = (limit: Statement, { Action }: Statement): boolean =>
  Action.some(action =>
    limit.Action.some(denied => !areDisjoint(foldName(denied), foldName(action))),
  )

/** Whether every action of a Deny is denied as well, wherever that one denies it. */
const isRepeated = (limit: Statement, denied: readonly Statement[]): boolean =>
  limit.Action.every(action =>
    denied.some(
      own => coversAction(own, action) && isAsStrict(limit.Condition ?? {}, own.Condition ?? {}),
    ),
  )

const coversAction = ({ Action }: Statement, action: string): boolean =>
  Action.some(pattern => coversPattern(foldName(pattern), foldName(action)))
