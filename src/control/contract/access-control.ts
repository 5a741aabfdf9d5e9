/**
 * Contracts of the actions on access control rules.
 *
 * @module
 */

import { z } from 'zod'
import {
  accessControlActionShape,
  accessControlDescriptionShape,
  accessControlNameShape,
  effectShape,
  ipAddressShape,
  ipRangeShape,
  list,
  roleIdShape,
  structure,
  workMailIdentifierShape,
} from '../shapes.ts'
import { contract } from './contract.ts'
import { dated, expecting, ids, nothing, organization, unreadable, versioned } from './members.ts'

const oneRule = { ...organization, Name: accessControlNameShape }

/** Members of a rule that a request can write. */
const written = {
  ...oneRule,
  Effect: effectShape,
  Description: accessControlDescriptionShape,
  IpRanges: list(ipRangeShape, 'ranges').exactOptional(),
  NotIpRanges: list(ipRangeShape, 'ranges').exactOptional(),
  Actions: list(accessControlActionShape, 'actions').exactOptional(),
  NotActions: list(accessControlActionShape, 'actions').exactOptional(),
  UserIds: list(workMailIdentifierShape, 'users').exactOptional(),
  NotUserIds: list(workMailIdentifierShape, 'users').exactOptional(),
  ImpersonationRoleIds: list(roleIdShape, 'ids of roles').exactOptional(),
  NotImpersonationRoleIds: list(roleIdShape, 'ids of roles').exactOptional(),
}

const given = {
  Name: z.string(),
  Effect: effectShape,
  Description: z.string(),
  IpRanges: z.array(z.string()).exactOptional(),
  NotIpRanges: z.array(z.string()).exactOptional(),
  Actions: z.array(accessControlActionShape).exactOptional(),
  NotActions: z.array(accessControlActionShape).exactOptional(),
  UserIds: ids('users').exactOptional(),
  NotUserIds: ids('users').exactOptional(),
  ImpersonationRoleIds: ids('roles').exactOptional(),
  NotImpersonationRoleIds: ids('roles').exactOptional(),
  Unreadable: unreadable('rule', 'it denies everything'),
  ...dated,
}

export const putRule = contract('WorkMailService', 'PutAccessControlRule', {
  summary:
    'Creates a rule, or replaces the whole rule of this name. An empty list means the same as an absent one.',
  audited: 'change',
  object: { type: 'ACCESS_CONTROL_RULE', name: 'Name' },
  input: structure(written),
  output: nothing,
})

export const listRules = contract('WorkMailService', 'ListAccessControlRules', {
  summary: 'Lists all access control rules.',
  audited: undefined,
  input: structure(organization),
  output: structure({ Rules: z.array(structure(given)) }),
})

export const deleteRule = contract('WorkMailService', 'DeleteAccessControlRule', {
  summary:
    'Deletes a rule. Deleting a rule that does not exist succeeds. Without any rule, all access is denied.',
  audited: 'change',
  object: { type: 'ACCESS_CONTROL_RULE', name: 'Name' },
  input: structure(oneRule),
  output: nothing,
})

export const getEffect = contract('WorkMailService', 'GetAccessControlEffect', {
  summary: 'Tests the access control rules for a user or a role. Reads the store directly.',
  audited: undefined,
  input: structure({
    ...organization,
    IpAddress: ipAddressShape,
    Action: accessControlActionShape,
    UserId: workMailIdentifierShape.exactOptional(),
    ImpersonationRoleId: roleIdShape.exactOptional(),
  }),
  output: structure({
    Effect: effectShape,
    MatchedRules: z.array(z.string()).describe('Names of the rules that have the effect.'),
  }),
})

export const describeRule = contract('EwsGateway', 'DescribeAccessControlRule', {
  summary: 'Returns an access control rule as ListAccessControlRules does, with its Version.',
  audited: undefined,
  input: structure(oneRule),
  output: structure({ ...given, ...versioned }),
})

export const replaceRule = contract('EwsGateway', 'ReplaceAccessControlRule', {
  summary:
    'Replaces or creates a rule as PutAccessControlRule does, if it still has ExpectedVersion. `NONE`: no rule of this name exists.',
  audited: 'change',
  object: { type: 'ACCESS_CONTROL_RULE', name: 'Name' },
  input: structure({ ...written, ...expecting }),
  output: structure(versioned),
})
