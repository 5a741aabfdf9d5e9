/**
 * All permissions: one for each action of the control API, and those that are no actions.
 *
 * @module
 */

import { foldName } from './identity.ts'
import { matchesWildcard } from './wildcard.ts'

/** Permissions to change a part of a role, which the caller needs beside that of the action. */
export const PART_PERMISSIONS = [
  'ewsgateway:PutRoleGuard',
  'ewsgateway:PutRolePeriod',
  'ewsgateway:PutRoleProfile',
] as const

export const PERMISSIONS = [
  ...PART_PERMISSIONS,
  'ewsgateway:CheckUpstream',
  'ewsgateway:CreateAccessKey',
  'ewsgateway:CreatePrincipal',
  'ewsgateway:DeleteAccessKey',
  'ewsgateway:DeleteGroup',
  'ewsgateway:DeletePrincipal',
  'ewsgateway:DeleteRoleShadow',
  'ewsgateway:DeleteUser',
  'ewsgateway:DescribeAccessControlRule',
  'ewsgateway:DescribeDirectory',
  'ewsgateway:DescribeGroupUse',
  'ewsgateway:DescribeImpersonationRole',
  'ewsgateway:DescribeOverview',
  'ewsgateway:EnforceRoleShadow',
  'ewsgateway:ExplainDecision',
  'ewsgateway:GetDecision',
  'ewsgateway:GetPrincipal',
  'ewsgateway:GetProtectedMailboxes',
  'ewsgateway:GetRoleShadow',
  'ewsgateway:GetUser',
  'ewsgateway:GetUsers',
  'ewsgateway:GiveRoleToTool',
  'ewsgateway:ImportUsers',
  'ewsgateway:ListAccessKeys',
  'ewsgateway:ListChanges',
  'ewsgateway:ListDecisions',
  'ewsgateway:ListEnds',
  'ewsgateway:ListFormerNames',
  'ewsgateway:ListGateways',
  'ewsgateway:ListPrincipalIdentities',
  'ewsgateway:ListPrincipals',
  'ewsgateway:ListRolePrincipals',
  'ewsgateway:ListRoleProfiles',
  'ewsgateway:ListRoleReach',
  'ewsgateway:ListRoleSummaries',
  'ewsgateway:ListShadowDifferences',
  'ewsgateway:ListUserAccess',
  'ewsgateway:LockImpersonationRole',
  'ewsgateway:PassImpersonationRole',
  'ewsgateway:PreviewImpersonationRole',
  'ewsgateway:PutGroup',
  'ewsgateway:PutImpersonationRole',
  'ewsgateway:PutPrincipalIdentities',
  'ewsgateway:PutProtectedMailboxes',
  'ewsgateway:PutRoleShadow',
  'ewsgateway:PutUser',
  'ewsgateway:ReleaseName',
  'ewsgateway:ReplaceAccessControlRule',
  'ewsgateway:ReplayShadow',
  'ewsgateway:RevokeImpersonationRoleTokens',
  'ewsgateway:SearchGroupUsers',
  'ewsgateway:SearchGroups',
  'ewsgateway:SearchUsers',
  'ewsgateway:SummarizeDecisions',
  'ewsgateway:SynchronizeDirectory',
  'ewsgateway:UnlockImpersonationRole',
  'ewsgateway:UpdateAccessKey',
  'ewsgateway:UpdateGroup',
  'ewsgateway:UpdatePrincipal',
  'workmail:AssumeImpersonationRole',
  'workmail:CreateImpersonationRole',
  'workmail:DeleteAccessControlRule',
  'workmail:DeleteImpersonationRole',
  'workmail:DescribeGroup',
  'workmail:DescribeOrganization',
  'workmail:DescribeUser',
  'workmail:GetAccessControlEffect',
  'workmail:GetImpersonationRole',
  'workmail:GetImpersonationRoleEffect',
  'workmail:ListAccessControlRules',
  'workmail:ListAliases',
  'workmail:ListGroupMembers',
  'workmail:ListGroups',
  'workmail:ListGroupsForEntity',
  'workmail:ListImpersonationRoles',
  'workmail:ListOrganizations',
  'workmail:ListUsers',
  'workmail:PutAccessControlRule',
  'workmail:UpdateImpersonationRole',
] as const

export type Permission = (typeof PERMISSIONS)[number]

const FOLDED = PERMISSIONS.map(foldName)

/** Whether an action of a policy is, or matches, a permission. Compares without case, as policies do. */
export const isPermission = (action: string): boolean =>
  FOLDED.some(name => matchesWildcard(foldName(action), name))
