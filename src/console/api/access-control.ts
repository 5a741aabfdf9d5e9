/**
 * The actions on access control rules.
 *
 * @module
 */

import type { Effect, Takes } from './types.ts'

/** Lists of what a rule is for, and of what it is not for; one left out: everything. */
export type AccessControlLists = {
  IpRanges?: string[]
  NotIpRanges?: string[]
  Actions?: string[]
  NotActions?: string[]
  UserIds?: string[]
  NotUserIds?: string[]
  ImpersonationRoleIds?: string[]
  NotImpersonationRoleIds?: string[]
}

export type WrittenRule = { Name: string; Effect: Effect; Description: string } & AccessControlLists

export type AccessControlRule = WrittenRule & { DateCreated: number; DateModified: number }

export type VersionedRule = AccessControlRule & { Version: string }

export interface AccessControlActions {
  'WorkMailService.ListAccessControlRules': Takes<object, { Rules: AccessControlRule[] }>
  'EwsGateway.DescribeAccessControlRule': Takes<{ Name: string }, VersionedRule>
  /** ExpectedVersion `NONE`: there must be no rule of this name. */
  'EwsGateway.ReplaceAccessControlRule': Takes<
    WrittenRule & { ExpectedVersion: string },
    { Version: string }
  >
  'WorkMailService.DeleteAccessControlRule': Takes<{ Name: string }, object>
  'WorkMailService.GetAccessControlEffect': Takes<
    { IpAddress: string; Action: string; UserId?: string; ImpersonationRoleId?: string },
    { Effect: Effect; MatchedRules: string[] }
  >
}
