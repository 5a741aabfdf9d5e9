/**
 * Policies of administrators and auditors.
 *
 * @module
 */

import { ASSUME_ROLE, PASS_ROLE, type PolicyDocument } from '../model/iam.ts'
import type { OrganizationId } from '../model/identity.ts'

/** All permissions except AssumeImpersonationRole. Listed one by one, so that no Deny statement is needed. */
export const ADMINISTER: readonly string[] = [
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

/** All permissions that read or test, and change nothing. */
export const READ: readonly string[] = [
  'workmail:Describe*',
  'workmail:Get*',
  'workmail:List*',
  'ewsgateway:Describe*',
  'ewsgateway:ExplainDecision',
  'ewsgateway:Get*',
  'ewsgateway:List*',
  'ewsgateway:PreviewImpersonationRole',
  'ewsgateway:ReplayShadow',
  'ewsgateway:Search*',
  'ewsgateway:SummarizeDecisions',
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
  return allow(organization, ADMINISTER, ...(mayImpersonate ? [[ASSUME_ROLE]] : []))
}

/** Returns the policy of an auditor of one organization: all actions that read or test. */
export const auditorPolicy = (organization: OrganizationId): PolicyDocument =>
  allow(organization, READ)

function allow(
  organization: OrganizationId,
  ...statements: readonly (readonly string[])[]
): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: statements.map(Action => ({
      Effect: 'Allow',
      Action,
      Resource: [`arn:aws:workmail:*:*:organization/${organization}`],
    })),
  }
}
