/**
 * Policies of administrators.
 *
 * @module
 */

import { ASSUME_ROLE, PASS_ROLE, type PolicyDocument, type Statement } from '../model/iam.ts'
import type { OrganizationId } from '../model/identity.ts'

/** All permissions except AssumeImpersonationRole. Listed one by one, so that no Deny statement is needed. */
const ADMINISTER = [
  'workmail:Create*',
  'workmail:Delete*',
  'workmail:Describe*',
  'workmail:Get*',
  'workmail:List*',
  'workmail:Put*',
  'workmail:Update*',
  'ewsgateway:*',
  PASS_ROLE,
]

/**
 * Returns the policy of an administrator of one organization: all actions except impersonating users through a
 * role.
 *
 * @param mayImpersonate - also allows assuming every role
 */
export function administratorPolicy(
  organization: OrganizationId,
  { mayImpersonate }: Readonly<{ mayImpersonate: boolean }>,
): PolicyDocument {
  const allow = (Action: readonly string[]): Statement => ({
    Effect: 'Allow',
    Action,
    Resource: [`arn:aws:workmail:*:*:organization/${organization}`],
  })
  return {
    Version: '2012-10-17',
    Statement: [allow(ADMINISTER), ...(mayImpersonate ? [allow([ASSUME_ROLE])] : [])],
  }
}
