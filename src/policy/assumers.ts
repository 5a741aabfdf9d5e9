/**
 * Finds out which roles a policy allows its principal to assume.
 *
 * @module
 */

import {
  ASSUME_ROLE,
  type Condition,
  type ConditionKey,
  type PolicyDocument,
  type Statement,
} from '../model/iam.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { RoleId } from '../model/role.ts'
import type { Moment } from '../model/validity.ts'
import { evaluateNow, onlyRole } from './iam.ts'

/** Conditions whose values are known without a request. */
const KNOWN: ReadonlySet<string> = new Set<ConditionKey>([
  'workmail:ImpersonationRoleId',
  'aws:CurrentTime',
])

/**
 * Returns a function that returns whether a policy allows its principal to assume a role now, from some address, with or
 * without TLS. Ignores a Deny that depends on such conditions.
 */
export function assumerOf(
  document: PolicyDocument,
  organizationId: OrganizationId,
  moment: Moment,
): (roleId: RoleId) => boolean {
  const certain = { ...document, Statement: document.Statement.flatMap(withKnownConditionsOnly) }
  const nowhere = { sourceIp: '', secureTransport: true }
  const request = { ...nowhere, action: ASSUME_ROLE, organizationId }
  const only = onlyRole(document)
  return roleId =>
    (only === undefined || only === roleId) &&
    evaluateNow(certain, { ...request, roleId }, moment) === 'Allow'
}

/**
 * Removes all conditions except those on the role and the time from an Allow. Returns nothing for a Deny with another
 * condition.
 */
function withKnownConditionsOnly(statement: Statement): readonly Statement[] {
  const { Effect, Condition: condition } = statement
  if (condition === undefined) return [statement]
  const known = onlyKnown(condition)
  const isWhole = Object.values(condition).every(keys => Object.keys(keys).every(isKnown))
  return Effect === 'Allow' || isWhole ? [{ ...statement, Condition: known }] : []
}

const onlyKnown = (condition: Condition): Condition =>
  Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).filter(([key]) => isKnown(key))),
    ]),
  )

const isKnown = (key: string) => KNOWN.has(key)
