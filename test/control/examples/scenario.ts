/**
 * The calls that the documentation of the control API shows, in the order in which they run.
 *
 * They are written as the documentation shows them: IDs, secrets, and times are placeholders.
 *
 * @module
 */

import { ORGANIZATION } from '../../kit/gateway-test-server.ts'
import { NEW_GUARD } from '../../kit/guard.ts'
import { STARTED } from './placeholders.ts'

export const ADMIN = '5d6c1f0e-2b7a-4c39-8e54-1a9b7c3d2e10'
export const ALICE = '0a11ce00-7b1d-4c52-9d0e-3f5a2b6c7d81'
export const BOB = '1b0b5e1f-4a63-4f0a-8c2d-9e7f6a5b4c32'
export const CEO = '2ce00a5d-1f2e-4d3c-b4a5-6c7d8e9f0a1b'
const DAVE = '3dafe0c1-8b9a-4e7f-a6d5-c4b3a2f1e0d9'
const SALES = '6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a01'
const ROLE = '12345678-1234-4234-8234-123456789012'
const TOOL = '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55'
export const TOOL_KEY = 'AKIAEXAMPLE234567ABC'
export const TOOL_SECRET = 'EXAMPLE-secret-of-backup-tool-EXAMPLE-12345'
const READER = '7c2a9e4b-3d5f-4b81-a0c6-e1d2f3a4b5c6'
const READER_KEY = 'AKIAEXAMPLE765432CBA'
const READER_SECRET = 'EXAMPLE-secret-of-role-reader-EXAMPLE-12345'
const OFFICE_VERSION = 'kX3vYb0pQm7sTz2A'
const ROLE_VERSION = '22'
const DRAFT_VERSION = '27'
const DECISION = '01a213ec-bc61-7ed3-8fc9-b480d57e999e'
const TOKEN = 'EXAMPLE-token.of-backup.EXAMPLE'
const NEXT = 'VXNlcnMgEXAMPLE'

const HOUR = 3_600

/** Times that inputs name, in seconds. */
export const TIMES = {
  start: STARTED - HOUR,
  end: STARTED + 2 * HOUR,
  expires: STARTED + 28 * 24 * HOUR,
}

/** Subject of the calls that are not the example of their action. */
export type Topic = 'error' | 'paging' | 'idempotency'

/** A call of an action. */
export type Step = Readonly<{
  action: string
  input: Readonly<Record<string, unknown>>
  /** Placeholders of members of the output, by their paths. */
  gives?: Readonly<Record<string, string>>
  topic?: Topic
  /** Runs before the call. */
  before?: 'requests'
  /** Gateway that is called. */
  at?: 'directory'
}>

const role = { ImpersonationRoleId: ROLE }
const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
const notTheCeo = { ImpersonationRuleId: 'not-the-ceo', Effect: 'DENY', TargetUsers: [CEO] }
const created = {
  Name: 'backup',
  Type: 'READ_ONLY',
  Rules: [everyone, { ...notTheCeo, TargetUsers: ['ceo@example.com'] }],
  ClientToken: 'create-backup-1',
}
const office = {
  Name: 'office',
  Effect: 'ALLOW',
  Description: 'From the office',
  IpRanges: ['192.0.2.0/24'],
}
const changedOffice = {
  ...office,
  IpRanges: ['192.0.2.0/24', '2001:db8::/32'],
  ExpectedVersion: OFFICE_VERSION,
}
const policy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['workmail:List*', 'workmail:GetImpersonationRole'],
      Resource: ['*'],
      Condition: { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } },
    },
  ],
}
const span = { StartTime: TIMES.start, EndTime: TIMES.end }
const denied = { Property: 'VERDICT', Operator: 'EQUALS', Value: 'DENY' }

const steps: readonly Step[] = [
  { action: 'ListOrganizations', input: {} },
  { action: 'DescribeOrganization', input: {} },
  { action: 'ListGateways', input: {} },
  { action: 'CheckUpstream', input: { As: 'alice@example.com' } },

  { action: 'ListUsers', input: { MaxResults: 2 }, gives: { NextToken: NEXT } },
  { action: 'ListUsers', input: { MaxResults: 2, NextToken: NEXT }, topic: 'paging' },
  {
    action: 'PutUser',
    input: {
      PrimarySmtpAddress: 'dave@example.com',
      Aliases: ['david@example.com'],
      PrincipalName: 'dave@corp.example.com',
      DisplayName: 'Dave Example',
    },
    gives: { UserId: DAVE },
  },
  { action: 'GetUser', input: { UserId: 'dave@example.com' } },
  { action: 'SearchUsers', input: { Text: 'ali' } },
  {
    action: 'GetUsers',
    input: { Identifiers: ['alice@example.com', 'boss@example.com', 'nobody@example.com'] },
  },
  { action: 'DescribeUser', input: { UserId: 'alice@example.com' } },
  { action: 'ListAliases', input: { EntityId: 'ceo@example.com' } },
  {
    action: 'ImportUsers',
    input: {
      Users: [
        { PrimarySmtpAddress: 'dave@example.com', DisplayName: 'David Example' },
        { PrimarySmtpAddress: 'erin@example.com' },
      ],
      DryRun: true,
    },
  },
  { action: 'DeleteUser', input: { UserId: 'dave@example.com' } },
  { action: 'ListFormerNames', input: { UserId: DAVE } },
  { action: 'ReleaseName', input: { Kind: 'ADDRESS', Name: 'david@example.com' } },

  {
    action: 'PutGroup',
    input: {
      Name: 'sales',
      PrimarySmtpAddress: 'sales@example.com',
      Users: ['alice@example.com'],
    },
    gives: { GroupId: SALES },
  },
  {
    action: 'UpdateGroup',
    input: { GroupId: 'sales', AddUsers: ['bob@example.com'] },
  },
  { action: 'SearchGroupUsers', input: { GroupId: 'sales', Text: 'al' } },
  { action: 'SearchGroups', input: { Text: 'sal' } },
  { action: 'ListGroups', input: {} },
  { action: 'DescribeGroup', input: { GroupId: 'sales' } },
  { action: 'ListGroupMembers', input: { GroupId: 'sales' } },
  { action: 'ListGroupsForEntity', input: { EntityId: 'alice@example.com' } },

  {
    action: 'CreateImpersonationRole',
    input: created,
    gives: { ImpersonationRoleId: ROLE },
  },
  { action: 'CreateImpersonationRole', input: created, topic: 'idempotency' },
  { action: 'GetImpersonationRole', input: role },
  {
    action: 'UpdateImpersonationRole',
    input: {
      ...role,
      Name: 'backup',
      Type: 'READ_ONLY',
      Description: 'Nightly backup',
      Rules: [everyone, notTheCeo],
    },
  },
  { action: 'ListImpersonationRoles', input: {} },
  { action: 'GetImpersonationRoleEffect', input: { ...role, TargetUser: 'alice@example.com' } },
  { action: 'DescribeImpersonationRole', input: role },
  {
    action: 'PutImpersonationRole',
    input: {
      ...role,
      Name: 'backup',
      Type: 'READ_ONLY',
      Description: 'Nightly backup of sales',
      Rules: [{ ImpersonationRuleId: 'sales', Effect: 'ALLOW', TargetGroups: ['sales'] }],
      Guard: { ...NEW_GUARD, Sending: false },
      Period: { NotAfter: TIMES.expires },
      Profile: {
        Profile: 'export-only',
        Operations: { Denied: ['Subscribe', 'GetEvents', 'GetStreamingEvents'] },
      },
    },
  },
  { action: 'DescribeGroupUse', input: { GroupId: 'sales' } },
  { action: 'ListRoleProfiles', input: {} },
  {
    action: 'ExplainDecision',
    input: {
      ...role,
      TargetUser: 'ceo@example.com',
      Operation: 'GetItem',
      SourceAddress: '192.0.2.9',
    },
  },
  {
    action: 'PreviewImpersonationRole',
    input: { ...role, Draft: { Rules: [everyone] } },
  },
  { action: 'ListRoleReach', input: { ...role, Effect: 'ALLOW', MaxResults: 5_000 } },

  { action: 'PutAccessControlRule', input: office },
  {
    action: 'DescribeAccessControlRule',
    input: { Name: 'office' },
    gives: { Version: OFFICE_VERSION },
  },
  { action: 'ReplaceAccessControlRule', input: changedOffice },
  { action: 'ReplaceAccessControlRule', input: changedOffice, topic: 'error' },
  { action: 'ListAccessControlRules', input: {} },
  {
    action: 'GetAccessControlEffect',
    input: { IpAddress: '192.0.2.9', Action: 'EWS', UserId: 'alice@example.com' },
  },
  { action: 'DeleteAccessControlRule', input: { Name: 'office' } },

  {
    action: 'PutProtectedMailboxes',
    input: {
      Users: ['ceo@example.com'],
      Groups: ['sales'],
      Exceptions: [{ ...role, NotAfter: TIMES.expires, Reason: 'Investigation 7' }],
    },
  },
  { action: 'GetProtectedMailboxes', input: {} },

  {
    action: 'PutRoleShadow',
    input: { ...role, Draft: { Rules: [everyone, notTheCeo] } },
  },
  { action: 'GetRoleShadow', input: role },

  {
    action: 'GiveRoleToTool',
    input: { ...role, Name: 'backup-tool', ExpiresTime: TIMES.expires },
    gives: { PrincipalId: TOOL, AccessKeyId: TOOL_KEY, SecretAccessKey: TOOL_SECRET },
  },
  { action: 'AssumeImpersonationRole', input: role, gives: { Token: TOKEN } },
  {
    action: 'CreatePrincipal',
    input: { Name: 'role-reader', Policy: policy },
    gives: { PrincipalId: READER },
  },
  {
    action: 'CreateAccessKey',
    input: { PrincipalId: READER, ExtendedProtection: 'REQUIRE', ExpiresTime: TIMES.expires },
    gives: { AccessKeyId: READER_KEY, SecretAccessKey: READER_SECRET },
  },
  { action: 'UpdateAccessKey', input: { AccessKeyId: READER_KEY, Enabled: false } },
  { action: 'ListAccessKeys', input: { PrincipalId: READER } },
  { action: 'DeleteAccessKey', input: { AccessKeyId: READER_KEY } },
  {
    action: 'PutPrincipalIdentities',
    input: {
      PrincipalId: READER,
      Identities: [
        {
          DirectoryAccount: {
            Sid: 'S-1-5-21-1004336348-1177238915-682003330-1104',
            Names: ['svc-reader@example.com', 'EXAMPLE\\svc-reader'],
          },
        },
        {
          TokenSubject: {
            Issuer: 'https://adfs.example.com/adfs/services/trust',
            Claim: 'appid',
            Subject: '0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f',
          },
        },
      ],
    },
  },
  { action: 'ListPrincipalIdentities', input: { PrincipalId: READER } },
  { action: 'UpdatePrincipal', input: { PrincipalId: READER, Enabled: false } },

  {
    action: 'ListDecisions',
    input: { ...span, Filters: [denied] },
    gives: { 'Decisions.0.DecisionId': DECISION },
    before: 'requests',
  },
  { action: 'GetDecision', input: { DecisionId: DECISION } },
  { action: 'ListShadowDifferences', input: role },
  { action: 'ReplayShadow', input: { ...role, ...span } },
  {
    action: 'EnforceRoleShadow',
    input: { ...role, ExpectedVersion: ROLE_VERSION, ExpectedShadowVersion: DRAFT_VERSION },
  },
  { action: 'DeleteRoleShadow', input: role },
  { action: 'SummarizeDecisions', input: { ...span, GroupBy: ['DAY', 'PRINCIPAL', 'RULE'] } },
  {
    action: 'ListChanges',
    input: {
      ...span,
      Filters: [{ Property: 'ACTION', Operator: 'EQUALS', Value: 'ewsgateway:UpdateAccessKey' }],
    },
  },
  { action: 'GetPrincipal', input: { PrincipalId: READER } },
  { action: 'ListPrincipals', input: {} },
  { action: 'DeletePrincipal', input: { PrincipalId: READER } },
  { action: 'ListRolePrincipals', input: role },
  { action: 'ListRoleSummaries', input: {} },
  { action: 'ListUserAccess', input: { UserId: 'alice@example.com' } },
  { action: 'DescribeOverview', input: {} },

  {
    action: 'LockImpersonationRole',
    input: {
      ...role,
      Message: 'Closed for the audit. Ask the help desk.',
      ExpiresTime: TIMES.expires,
    },
  },
  { action: 'UnlockImpersonationRole', input: role },
  { action: 'ListEnds', input: { Days: 366 } },
  { action: 'RevokeImpersonationRoleTokens', input: role },
  { action: 'DeleteImpersonationRole', input: role },
  { action: 'DeleteGroup', input: { GroupId: 'sales' } },

  { action: 'SynchronizeDirectory', input: {}, at: 'directory' },
  { action: 'DescribeDirectory', input: {}, at: 'directory' },
]

/** All calls. Each action has one without a topic, its example. */
export const SCENARIO: readonly Step[] = steps.map(step =>
  step.action === 'ListOrganizations'
    ? step
    : { ...step, input: { OrganizationId: ORGANIZATION, ...step.input } },
)
