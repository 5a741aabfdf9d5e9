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
import { evaluatePolicy, onlyRole } from './iam.ts'

const ROLE: ConditionKey = 'workmail:ImpersonationRoleId'

/**
 * Returns a function that returns whether a policy allows its principal to assume a role from some address, at some
 * time, with or without TLS. Ignores a Deny that depends on such conditions.
 */
export function assumerOf(
  document: PolicyDocument,
  organizationId: OrganizationId,
): (roleId: RoleId) => boolean {
  const certain = { ...document, Statement: document.Statement.flatMap(withRoleConditionsOnly) }
  const nowhere = { sourceIp: '', at: 0, secureTransport: true }
  const request = { ...nowhere, action: ASSUME_ROLE, organizationId }
  const only = onlyRole(document)
  return roleId =>
    (only === undefined || only === roleId) &&
    evaluatePolicy(certain, { ...request, roleId }) === 'Allow'
}

/**
 * Removes all conditions except those on the role from an Allow. Returns nothing for a Deny with a condition that is
 * not on the role.
 */
function withRoleConditionsOnly(statement: Statement): readonly Statement[] {
  const { Effect, Condition: condition } = statement
  if (condition === undefined) return [statement]
  const ofRole = onlyOfRole(condition)
  const isWhole = Object.values(condition).every(keys => Object.keys(keys).every(isRole))
  return Effect === 'Allow' || isWhole ? [{ ...statement, Condition: ofRole }] : []
}

const onlyOfRole = (condition: Condition): Condition =>
  Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).filter(([key]) => isRole(key))),
    ]),
  )

const isRole = (key: string) => key === ROLE
