/**
 * Who can assume a role at all.
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
import { evaluatePolicy } from './iam.ts'

const ROLE: ConditionKey = 'workmail:ImpersonationRoleId'

/**
 * Whether a policy lets its principal assume a role in some circumstances: from some address, at
 * some time, over TLS or not. What only such circumstances deny does not count.
 */
export function canAssume(
  document: PolicyDocument,
  organizationId: OrganizationId,
  roleId: RoleId,
): boolean {
  const certain = { ...document, Statement: document.Statement.flatMap(withoutCircumstances) }
  const nowhere = { sourceIp: '', at: 0, secureTransport: true }
  const request = { ...nowhere, action: ASSUME_ROLE, organizationId, roleId }
  return evaluatePolicy(certain, request) === 'Allow'
}

/** An Allow holds in some circumstances; a Deny that needs some is left out. */
function withoutCircumstances(statement: Statement): readonly Statement[] {
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
