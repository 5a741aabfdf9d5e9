/**
 * The actions on users.
 *
 * @module
 */

import type { Effect, More, Named, Page, RoleType, Takes } from './types.ts'

export type FoundUser = {
  UserId: string
  Email: string
  DisplayName?: string
  PrincipalName?: string
  Enabled: boolean
}

/** What a user can be given. */
export type UserFields = {
  PrimarySmtpAddress: string
  Aliases?: string[]
  PrincipalName?: string
  Sid?: string
  DisplayName?: string
}

export type User = UserFields & {
  UserId: string
  Aliases: string[]
  Enabled: boolean
  Version: string
}

/** A name that stays with a user who lost it. */
export type FormerName = { Kind: 'ADDRESS' | 'PRINCIPAL_NAME' | 'SID'; Name: string }

/** What a role says of a user, by which rules, and who may assume it. */
export type UserAccess = {
  ImpersonationRoleId: string
  Name: string
  Type: RoleType
  Locked: boolean
  Effect: Effect
  MatchedRules: { ImpersonationRuleId: string; Name?: string; Effect: Effect }[]
  Principals: Named[]
  LastUsed?: number
}

/** Addresses, and how many there are besides. */
export type ImportPlan = {
  Created: string[]
  Updated: string[]
  Deleted: string[]
  Unchanged: number
  Missing: number
}

export interface UserActions {
  'EwsGateway.SearchUsers': Takes<{ Text?: string } & Page, { Users: FoundUser[] } & More>
  'EwsGateway.ListUserAccess': Takes<{ UserId: string }, { Roles: UserAccess[] }>
  'EwsGateway.GetUser': Takes<{ UserId: string }, User>
  'EwsGateway.PutUser': Takes<
    UserFields & { UserId?: string; Enabled?: boolean; ExpectedVersion?: string },
    { UserId: string; Version: string }
  >
  'EwsGateway.DeleteUser': Takes<{ UserId: string }, object>
  'EwsGateway.ListFormerNames': Takes<
    { UserId: string },
    { UserId: string; FormerNames: FormerName[] }
  >
  'EwsGateway.ReleaseName': Takes<FormerName, { UserId: string }>
  'EwsGateway.ImportUsers': Takes<
    { Csv: string; DryRun?: boolean; DeleteMissing?: boolean },
    ImportPlan
  >
  'WorkMailService.ListGroupsForEntity': Takes<
    { EntityId: string } & Page,
    { Groups: { GroupId: string; GroupName: string }[] } & More
  >
  'WorkMailService.DescribeUser': Takes<
    { UserId: string },
    {
      UserId: string
      Email: string
      DisplayName?: string
      State: 'ENABLED' | 'DISABLED'
      UserRole: 'USER' | 'SYSTEM_USER'
    }
  >
}
