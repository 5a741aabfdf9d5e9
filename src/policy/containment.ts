/**
 * Finds out whether a policy allows no more than another one, so that a principal cannot grant permissions that it
 * does not have.
 *
 * The answer is yes only if the text of the policies proves it. For each action that the policy allows, one
 * statement of the other policy must allow it, under conditions that are not stricter. The policy must also repeat
 * every Deny of the other policy that overlaps with its allowed actions. There is one exception: if the other
 * policy has PassImpersonationRole, this counts as AssumeImpersonationRole, with the same requirements for
 * conditions and Denys.
 *
 * @module
 */

import { ASSUME_ROLE, PASS_ROLE, type PolicyDocument, type Statement } from '../model/iam.ts'
import { foldName, type OrganizationId } from '../model/identity.ts'
import { areDisjoint, coversPattern } from '../model/wildcard.ts'
import { concerns } from './iam.ts'
import { isAsStrict } from './strictness.ts'

/**
 * Returns what a policy could allow in addition to another policy, the limit, as texts for its author. Empty if it
 * certainly allows no more.
 *
 * @param organization - organization of both principals. Statements about other organizations have no effect
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
  const { Action: actions } = statement
  const allowing = limits.filter(({ Effect }) => Effect === 'Allow')
  const denying = limits.filter(({ Effect }) => Effect === 'Deny')
  const isAllowed = (action: string) => allowing.some(limit => allows(limit, action, statement))
  const beyond = actions.filter(action => !isAllowed(action))
  const isPassed = beyond.some(isAssume) && isAllowed(PASS_ROLE)
  return [
    ...beyond.filter(action => !(isPassed && isAssume(action))).map(action => `allows ${action}`),
    ...denying
      .filter(limit => meets(limit, actions) && !isRepeated(limit, limit.Action, denied))
      .map(({ Action }) => `needs your policy's Deny statement on ${Action.join(', ')}`),
    ...denying
      .filter(limit => isPassed && meets(limit, [PASS_ROLE]))
      .filter(limit => !isRepeated(limit, [ASSUME_ROLE], denied))
      .map(
        ({ Action }) =>
          `needs a Deny statement on ${ASSUME_ROLE} like your policy's on ${Action.join(', ')}`,
      ),
  ]
}

function allows(limit: Statement, action: string, { Condition: condition = {} }: Statement) {
  return allowsAction(limit, action) && isAsStrict(condition, limit.Condition ?? {})
}

/** Whether a Deny statement could apply to one of the actions. */
const meets = (limit: Statement, actions: readonly string[]): boolean =>
  actions.some(action =>
    limit.Action.some(denied => !areDisjoint(foldName(denied), foldName(action))),
  )

/** Whether a policy denies all actions in every case in which a Deny of the limit applies. */
const isRepeated = (
  limit: Statement,
  actions: readonly string[],
  denied: readonly Statement[],
): boolean =>
  actions.every(action =>
    denied.some(
      own => coversAction(own, action) && isAsStrict(limit.Condition ?? {}, own.Condition ?? {}),
    ),
  )

/** Whether an Allow covers an action. PassImpersonationRole must be named in full, without a wildcard. */
const allowsAction = (limit: Statement, action: string): boolean =>
  isPass(action) ? limit.Action.some(isPass) : coversAction(limit, action)

const coversAction = ({ Action }: Statement, action: string): boolean =>
  Action.some(pattern => coversPattern(foldName(pattern), foldName(action)))

const isAssume = (action: string): boolean => foldName(action) === foldName(ASSUME_ROLE)

const isPass = (action: string): boolean => foldName(action) === foldName(PASS_ROLE)
