/**
 * Contracts of the actions on impersonation roles.
 *
 * @module
 */

import { z } from 'zod'
import { EXTRA_READS } from '../../ews/operations.ts'
import { MAILBOXES, SENDERS } from '../../model/role.ts'
import { mustBe } from '../problems.ts'
import {
  clientTokenShape,
  effectShape,
  flag,
  groupRulesShape,
  list,
  lockMessageShape,
  principalNameShape,
  roleDescriptionShape,
  roleNameShape,
  roleTypeShape,
  rulesShape,
  structure,
  timeShape,
} from '../shapes.ts'
import { contract } from './contract.ts'
import {
  dated,
  ewsUrl,
  expecting,
  ids,
  more,
  nothing,
  oneRole,
  organization,
  paging,
  versioned,
} from './members.ts'

const extraReads: readonly string[] = [...EXTRA_READS]

const sendersShape = z.enum(SENDERS, mustBe(`one of ${SENDERS.join(', ')}`)).meta({
  description:
    'FULL_ACCESS: as which users mail may be sent: own (the impersonated user), permitted (all users that the role may impersonate) or server (as the upstream allows; only if upstream.enforcesSendAs is true). Absent: own.',
})

/** What a role may do inside the requests that its type allows. */
export const guardShape = structure({
  Mailboxes: z.enum(MAILBOXES, mustBe(`one of ${MAILBOXES.join(', ')}`)).meta({
    description:
      'Which mailboxes a body may name: own, permitted (those of all users that the role may impersonate) or any (whatever the permissions of the impersonated user reach, as in WorkMail).',
  }),
  Delegation: flag().meta({
    description: 'FULL_ACCESS: whether others may be given access to folders and mailbox.',
  }),
  InboxRules: flag().meta({ description: 'FULL_ACCESS: whether inbox rules may be made.' }),
  DirectoryLookups: flag().meta({
    description: "Whether the role may ask the upstream's address book.",
  }),
  Sending: flag().meta({ description: 'FULL_ACCESS: whether mail may be sent.' }),
  Senders: sendersShape.exactOptional(),
  ExtraReads: list(
    z.enum(extraReads, mustBe(`one of ${extraReads.join(', ')}`)),
    'operations',
  ).meta({ description: 'Reads that READ_ONLY leaves out.' }),
})

export type GuardInput = z.output<typeof guardShape>

/** A guard in a response: a stored one can name an operation that this version does not know. */
export const givenGuard = guardShape.extend({
  Senders: sendersShape,
  ExtraReads: z.array(z.string()).describe('Reads that READ_ONLY leaves out.'),
})

/** What may be written of a role. */
const written = {
  Name: roleNameShape,
  Type: roleTypeShape,
  Description: roleDescriptionShape.exactOptional(),
}

const targets = (what: string) => ids(what).exactOptional()

const givenRule = structure({
  ImpersonationRuleId: z.string(),
  Name: z.string().exactOptional(),
  Description: z.string().exactOptional(),
  Effect: effectShape,
  TargetUsers: targets('the users that the rule matches. Left out: everybody'),
  NotTargetUsers: targets('the users that the rule does not match'),
  TargetGroups: targets('the groups whose members the rule also matches'),
  NotTargetGroups: targets('the groups whose members the rule does not match'),
})

const summary = {
  ImpersonationRoleId: z.string(),
  Name: z.string(),
  Type: roleTypeShape,
  ...dated,
}
const role = {
  ...summary,
  Description: z.string().exactOptional(),
  Rules: z.array(givenRule),
}

export const createRole = contract('WorkMailService', 'CreateImpersonationRole', {
  summary: 'Creates a role. The same ClientToken gives the same role for 24 hours.',
  audited: 'change',
  input: structure({
    ...organization,
    ...written,
    Rules: rulesShape,
    ClientToken: clientTokenShape.exactOptional(),
  }),
  output: structure({ ImpersonationRoleId: z.string() }),
})

export const getRole = contract('WorkMailService', 'GetImpersonationRole', {
  summary: 'Gives a role with its rules; targets stand there by their ids.',
  audited: undefined,
  input: structure(oneRole),
  output: structure(role),
})

export const updateRole = contract('WorkMailService', 'UpdateImpersonationRole', {
  summary:
    'Replaces name, type, description and all rules of a role. A Description left out is cleared. A role whose rules name groups, which WorkMail does not know, is left to PutImpersonationRole.',
  audited: 'change',
  input: structure({ ...oneRole, ...written, Rules: rulesShape }),
  output: nothing,
})

export const deleteRole = contract('WorkMailService', 'DeleteImpersonationRole', {
  summary: 'Deletes a role. Deleting one that is not there succeeds.',
  audited: 'change',
  input: structure(oneRole),
  output: nothing,
})

export const listRoles = contract('WorkMailService', 'ListImpersonationRoles', {
  summary: 'Lists roles, 100 at a time where MaxResults says nothing else.',
  audited: undefined,
  input: structure({ ...organization, ...paging }),
  output: structure({ Roles: z.array(structure(summary)), ...more }),
})

export const assumeRole = contract('WorkMailService', 'AssumeImpersonationRole', {
  summary: 'Gives a token, good for 15 minutes, with which EWS clients act in a role.',
  audited: 'assume',
  input: structure(oneRole),
  output: structure({
    Token: z.string(),
    ExpiresIn: z.int().describe('Seconds until the token expires.'),
  }),
})

export const describeRole = contract('EwsGateway', 'DescribeImpersonationRole', {
  summary:
    'Gives a role as GetImpersonationRole does, with groups in its rules, Guard, Lock, and targets that are gone.',
  audited: undefined,
  input: structure(oneRole),
  output: structure({
    ...role,
    ...versioned,
    Guard: givenGuard,
    Locked: z.boolean().describe('Whether a lock is in force.'),
    Lock: structure({
      Message: z.string().exactOptional(),
      ExpiresTime: timeShape.exactOptional(),
    })
      .exactOptional()
      .describe('The last lock, even if it has expired.'),
    Damaged: z.boolean().describe('Whether there are UnknownUsers or UnknownGroups.'),
    UnknownUsers: ids('deleted users in a DENY rule or in NotTargetUsers'),
    UnknownGroups: ids('deleted groups in a DENY rule or in NotTargetGroups'),
  }),
})

export const putRole = contract('EwsGateway', 'PutImpersonationRole', {
  summary:
    'Replaces a role as UpdateImpersonationRole does, if it still has ExpectedVersion, and sets its Guard; a Guard left out stays. Its rules may name groups.',
  audited: 'change',
  input: structure({
    ...oneRole,
    ...written,
    Rules: groupRulesShape,
    Guard: guardShape.exactOptional(),
    ...expecting,
  }),
  output: structure(versioned),
})

export const getGuard = contract('EwsGateway', 'GetRoleGuard', {
  summary: "Gives the Guard of a role. Roles made by WorkMail's own actions have the strict one.",
  audited: undefined,
  input: structure(oneRole),
  output: structure({ Guard: givenGuard, ...versioned }),
})

export const putGuard = contract('EwsGateway', 'PutRoleGuard', {
  summary:
    'Replaces the Guard of a role whole, if the role still has ExpectedVersion. It applies to tokens that are already issued, too.',
  audited: 'change',
  input: structure({ ...oneRole, Guard: guardShape, ...expecting }),
  output: structure(versioned),
})

export const lockRole = contract('EwsGateway', 'LockImpersonationRole', {
  summary:
    'Locks a role, until it is unlocked or until ExpiresTime: every request in it is denied at once, with Message in the fault, and no tokens are issued for it.',
  audited: 'change',
  input: structure({
    ...oneRole,
    Message: lockMessageShape.exactOptional(),
    ExpiresTime: timeShape.exactOptional(),
    ...expecting,
  }),
  output: structure(versioned),
})

export const unlockRole = contract('EwsGateway', 'UnlockImpersonationRole', {
  summary:
    'Takes the lock of a role away. Tokens that were issued before the lock work again until they expire, unless RevokeImpersonationRoleTokens has ended them. Unlocking a role that is not locked succeeds.',
  audited: 'change',
  input: structure({ ...oneRole, ...expecting }),
  output: structure(versioned),
})

export const revokeTokens = contract('EwsGateway', 'RevokeImpersonationRoleTokens', {
  summary:
    'Ends all tokens that were issued for a role until now, and cuts off the streams and uploads that use them. Access keys are not affected, and principals that may assume the role can get new tokens.',
  audited: 'change',
  input: structure({ ...oneRole, ...expecting }),
  output: structure(versioned),
})

export const giveRole = contract('EwsGateway', 'GiveRoleToTool', {
  summary:
    "Creates a principal that can only assume one role, with an access key that is valid until ExpiresTime or without an end. The caller's policy must allow as much. Returns the settings for the tool.",
  audited: 'change',
  input: structure({
    ...oneRole,
    Name: principalNameShape,
    ExpiresTime: timeShape.exactOptional(),
  }),
  output: structure({
    PrincipalId: z.string(),
    AccessKeyId: z.string(),
    SecretAccessKey: z.string().describe('Shown only in this response.'),
    UserName: z.string().describe('AccessKeyId, for tools that ask for a user name.'),
    Password: z.string().describe('SecretAccessKey, for tools that ask for a password.'),
    ...ewsUrl,
  }),
})
