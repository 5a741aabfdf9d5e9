/**
 * Contracts of the actions on impersonation roles.
 *
 * @module
 */

import { z } from 'zod'
import { ROLE_PARTS } from '../../model/role.ts'
import {
  clientTokenShape,
  effectShape,
  groupRulesShape,
  lockMessageShape,
  oneOf,
  principalNameShape,
  roleDescriptionOrNoneShape,
  roleDescriptionShape,
  roleIdShape,
  roleNameShape,
  roleTypeShape,
  rulesShape,
  structure,
  timeShape,
} from '../shapes.ts'
import { contract } from './contract.ts'
import {
  allowRules,
  dated,
  ewsUrl,
  expecting,
  ids,
  lock,
  more,
  nothing,
  oneRole,
  organization,
  paging,
  roleState,
  versioned,
} from './members.ts'
import { givenParts, parts } from './role-parts.ts'

/** Members of a role that WorkMail's actions write. */
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
  TargetUsers: targets('the users that the rule matches. Absent: all users'),
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
/** A rule, with what WorkMail does not have. */
export const describedRule = givenRule.extend({
  NotBefore: timeShape.exactOptional(),
  NotAfter: timeShape.exactOptional(),
  Temporary: z.boolean().exactOptional(),
})

const role = {
  ...summary,
  Description: z.string().exactOptional(),
  Rules: z.array(givenRule),
}

export const createRole = contract('WorkMailService', 'CreateImpersonationRole', {
  summary: 'Creates a role. For 24 hours, the same ClientToken returns the same role.',
  audited: 'change',
  object: { type: 'ROLE' },
  input: structure({
    ...organization,
    ...written,
    Rules: rulesShape,
    ClientToken: clientTokenShape.exactOptional(),
  }),
  output: structure({ ImpersonationRoleId: z.string() }),
})

export const getRole = contract('WorkMailService', 'GetImpersonationRole', {
  summary: 'Returns a role with its rules. Targets are IDs.',
  audited: undefined,
  input: structure(oneRole),
  output: structure(role),
})

export const updateRole = contract('WorkMailService', 'UpdateImpersonationRole', {
  summary:
    'Replaces name, type, description, and all rules of a role. An absent Description clears it. WorkMail has no groups in rules: use PutImpersonationRole for a role with groups.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
  input: structure({ ...oneRole, ...written, Rules: rulesShape }),
  output: nothing,
})

export const deleteRole = contract('WorkMailService', 'DeleteImpersonationRole', {
  summary:
    'Deletes a role by ID. Deleting a role that does not exist succeeds, but the name of a role is rejected.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
  input: structure(oneRole),
  output: nothing,
})

export const listRoles = contract('WorkMailService', 'ListImpersonationRoles', {
  summary: 'Lists roles, 100 at a time without MaxResults.',
  audited: undefined,
  input: structure({ ...organization, ...paging }),
  output: structure({ Roles: z.array(structure(summary)), ...more }),
})

export const assumeRole = contract('WorkMailService', 'AssumeImpersonationRole', {
  summary: 'Issues a token with which EWS clients act in a role for 15 minutes.',
  audited: 'assume',
  input: structure(oneRole),
  output: structure({
    Token: z.string(),
    ExpiresIn: z.int().describe('Seconds until the token expires.'),
  }),
})

export const describeRole = contract('EwsGateway', 'DescribeImpersonationRole', {
  summary:
    'Returns a role as GetImpersonationRole does, with groups in its rules, Guard, Profile, Lock, and deleted targets.',
  audited: undefined,
  input: structure(oneRole),
  output: structure({
    ...role,
    Rules: z.array(describedRule),
    ...versioned,
    ...givenParts,
    ...roleState,
    ...allowRules,
    Lock: lock.exactOptional().describe('The last lock, even if it has expired.'),
    Damaged: z.boolean().describe('Whether there are UnknownUsers, UnknownGroups, or Unreadable.'),
    Unreadable: z
      .array(oneOf(ROLE_PARTS))
      .exactOptional()
      .describe(
        'Stored parts that this version of the gateway does not understand. If there are any, the role denies all requests, and Rules is empty.',
      ),
    UnknownUsers: ids('deleted users in a DENY rule or in NotTargetUsers'),
    UnknownGroups: ids('deleted groups in a DENY rule or in NotTargetGroups'),
  }),
})

export const putRole = contract('EwsGateway', 'PutImpersonationRole', {
  summary:
    'Changes a role, if it still has ExpectedVersion, also for issued tokens, open streams, and uploads. Members that are given replace the present ones: all rules, the whole Guard, the Period, or the Profile with its Operations. Members that are absent stay as they are. An empty Description or Period removes it, and outside its Period, a role denies every request. With the ExpectedVersion `NONE` and without ImpersonationRoleId, it creates a role, which needs Name, Type, and Rules; absent parts have their defaults then. For 24 hours, the same ClientToken returns the same role. To change the Guard, the Period, or the Profile, the caller also needs PutRoleGuard, PutRolePeriod, or PutRoleProfile. The rules can name groups and have periods.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
  input: structure({
    ...organization,
    ImpersonationRoleId: roleIdShape.exactOptional(),
    Name: roleNameShape.exactOptional(),
    Type: roleTypeShape.exactOptional(),
    Description: roleDescriptionOrNoneShape.exactOptional(),
    Rules: groupRulesShape.exactOptional(),
    ...parts,
    ...expecting,
    ClientToken: clientTokenShape.exactOptional(),
  }),
  output: structure({ ImpersonationRoleId: z.string(), ...versioned }),
})

export const lockRole = contract('EwsGateway', 'LockImpersonationRole', {
  summary:
    'Locks a role until it is unlocked, or until ExpiresTime. The gateway immediately denies every request in it, with Message in the fault, and issues no tokens for it.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
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
    'Removes the lock of a role. Tokens that were issued before the lock work again until they expire, unless RevokeImpersonationRoleTokens has ended them. Unlocking a role that is not locked succeeds.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
  input: structure({ ...oneRole, ...expecting }),
  output: structure(versioned),
})

export const revokeTokens = contract('EwsGateway', 'RevokeImpersonationRoleTokens', {
  summary:
    'Ends all tokens that were issued for a role until now, and cuts off the streams and uploads that use them. Access keys are not affected, and principals that can assume the role can get new tokens.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
  input: structure({ ...oneRole, ...expecting }),
  output: structure(versioned),
})

export const giveRole = contract('EwsGateway', 'GiveRoleToTool', {
  summary:
    "Creates a principal that can only assume one role, with an access key that is valid until ExpiresTime, at most for the [maximum of the organization](time.md). The caller's policy must allow the same. Returns the settings for the tool.",
  audited: 'change',
  object: { type: 'PRINCIPAL' },
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
    CaCertificate: z
      .string()
      .exactOptional()
      .describe(
        'Certificate in PEM that tools must trust: the self-signed one in the chain of `tls`. Left out if there is none.',
      ),
  }),
})
