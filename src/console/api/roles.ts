/**
 * The actions on impersonation roles.
 *
 * @module
 */

import type { Effect, More, Named, Page, RoleType, Takes } from './types.ts'

export type Rule = {
  ImpersonationRuleId: string
  Name?: string
  Description?: string
  Effect: Effect
  /** Ids; what is written may be addresses too. */
  TargetUsers?: string[]
  NotTargetUsers?: string[]
  TargetGroups?: string[]
  NotTargetGroups?: string[]
}

export type Guard = {
  Mailboxes: 'own' | 'permitted' | 'any'
  Delegation: boolean
  InboxRules: boolean
  DirectoryLookups: boolean
  Sending: boolean
  ExtraReads: string[]
}

export type RoleSummary = {
  ImpersonationRoleId: string
  Name: string
  Type: RoleType
  Description?: string
  Rules: number
  Locked: boolean
  DateModified: number
  LastUsed?: number
}

export type Role = {
  ImpersonationRoleId: string
  Name: string
  Type: RoleType
  Description?: string
  Rules: Rule[]
  DateCreated: number
  DateModified: number
  Version: string
  Guard: Guard
  Locked: boolean
  Lock?: { Message?: string; ExpiresTime?: number }
  Damaged: boolean
  UnknownUsers: string[]
  UnknownGroups: string[]
}

/** A role that nobody has written yet. */
export type Draft = { Type?: RoleType; Rules: Rule[]; Guard?: Guard }

export type Access = RoleType | 'NONE'
export type AccessChange = { UserId: string; Email: string; Before: Access; After: Access }

export type Explanation = {
  /** UNKNOWN: only the upstream could tell. */
  Verdict: Effect | 'UNKNOWN'
  Reason?: string
  EndedBy?: string
  MatchedRules: string[]
  Target: {
    Kind: 'USER' | 'UNKNOWN' | 'NOBODY' | 'NEUTRAL' | 'CONFLICT'
    UserId?: string
    Email?: string
    Why?: string
  }
  Checks: { Name: string; Outcome: 'PASS' | 'REFUSE' | 'NOT_MADE' | 'UNKNOWN'; Reason?: string }[]
  AccessControlRules: { Name: string; Effect: Effect; Matched: boolean }[]
  ImpersonationRules: {
    ImpersonationRuleId: string
    Name?: string
    Effect: Effect
    Matched: boolean
    /** By which groups of the rule it knows the user. */
    MatchedGroups?: { GroupId: string; Name?: string }[]
    ExceptedGroups?: { GroupId: string; Name?: string }[]
  }[]
}

type OneRole = { ImpersonationRoleId: string }
type Written = { Name: string; Type: RoleType; Rules: Rule[]; Description?: string }
type Expecting = { ExpectedVersion?: string }
type Versioned = { Version: string }

export interface RoleActions {
  'WorkMailService.CreateImpersonationRole': Takes<Written & { ClientToken?: string }, OneRole>
  'WorkMailService.DeleteImpersonationRole': Takes<OneRole, object>
  'EwsGateway.ListRoleSummaries': Takes<object, { Roles: RoleSummary[] }>
  'EwsGateway.DescribeImpersonationRole': Takes<OneRole, Role>
  'EwsGateway.PutImpersonationRole': Takes<
    OneRole & Written & Expecting & { Guard?: Guard },
    Versioned
  >
  'EwsGateway.PutRoleGuard': Takes<OneRole & Expecting & { Guard: Guard }, Versioned>
  'EwsGateway.LockImpersonationRole': Takes<
    OneRole & Expecting & { Message?: string; ExpiresTime?: number },
    Versioned
  >
  'EwsGateway.UnlockImpersonationRole': Takes<OneRole & Expecting, Versioned>
  'EwsGateway.RevokeImpersonationRoleTokens': Takes<OneRole & Expecting, Versioned>
  'EwsGateway.PreviewImpersonationRole': Takes<
    Partial<OneRole> & { Draft: Draft } & Page,
    { Gained: AccessChange[]; Lost: AccessChange[]; GuardBefore?: Guard; GuardAfter: Guard } & More
  >
  'EwsGateway.ExplainDecision': Takes<
    Partial<OneRole> & {
      Draft?: Draft
      PrincipalId?: string
      TargetUser?: string
      Operation?: string
      /** In place of the user and the operation. */
      RequestBody?: string
      SourceAddress: string
    },
    Explanation
  >
  'EwsGateway.ListRolePrincipals': Takes<OneRole, { Principals: Named[] }>
  'EwsGateway.GiveRoleToTool': Takes<OneRole & { Name: string; ExpiresTime?: number }, Given>
}

/** What a tool needs, told once. */
export type Given = {
  PrincipalId: string
  AccessKeyId: string
  SecretAccessKey: string
  UserName: string
  Password: string
  EwsUrl: string
}
