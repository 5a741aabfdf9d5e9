/**
 * Access control rules. They limit access to mailboxes by source address, protocol, user, and role.
 *
 * @see https://docs.aws.amazon.com/workmail/latest/adminguide/access-rules.html
 * @module
 */

import type { UserId } from './identity.ts'
import type { Effect, RoleId } from './role.ts'

/** Protocols of WorkMail. The gateway serves AutoDiscover and EWS. */
export const ACCESS_CONTROL_ACTIONS = [
  'ActiveSync',
  'AutoDiscover',
  'EWS',
  'IMAP',
  'SMTP',
  'WindowsOutlook',
  'WebMail',
] as const

export type AccessControlAction = (typeof ACCESS_CONTROL_ACTIONS)[number]

/**
 * A rule matches if all its conditions hold. An absent condition always holds. If a DENY rule matches, access is
 * denied. Otherwise, it is allowed if an ALLOW rule matches, and denied if none does.
 */
export type AccessControlRule = Readonly<{
  /** 1 to 64 of `a-zA-Z0-9_-`, unique in the organization, compared exactly. */
  name: string
  effect: Effect
  description: string
  /** CIDR ranges, IPv4 or IPv6. */
  ipRanges?: readonly string[]
  notIpRanges?: readonly string[]
  actions?: readonly AccessControlAction[]
  notActions?: readonly AccessControlAction[]
  /** IDs that are compared with the impersonated user. */
  userIds?: readonly UserId[]
  notUserIds?: readonly UserId[]
  impersonationRoleIds?: readonly RoleId[]
  notImpersonationRoleIds?: readonly RoleId[]
  /** Present if this version doesn't understand the stored rule. It then denies everything. */
  unreadable?: true
  /** Milliseconds since the epoch. */
  createdAt: number
  modifiedAt: number
}>

/**
 * Members of a rule that its form in WorkMail has, and those that the store sets. A change replaces them, and keeps all
 * others, also those that are added later.
 */
export const REPLACED_IN_RULE = [
  'effect',
  'description',
  'ipRanges',
  'notIpRanges',
  'actions',
  'notActions',
  'userIds',
  'notUserIds',
  'impersonationRoleIds',
  'notImpersonationRoleIds',
  'unreadable',
  'createdAt',
  'modifiedAt',
] as const satisfies readonly (keyof AccessControlRule)[]

/** Rule that every new organization has. Administrators can change and delete it like any other. */
export const DEFAULT_ACCESS_CONTROL_RULE: AccessControlRule = {
  name: 'Default',
  effect: 'ALLOW',
  description: 'Default WorkMail Rule',
  createdAt: 0,
  modifiedAt: 0,
}
