/**
 * Shapes of all values that decisions read from the store, by kind.
 *
 * A value has its shape if this version understands it completely. Values with the mark `unreadable` have none, so
 * they are never shared with other gateways.
 *
 * @module
 */

import { ACCESS_CONTROL_ACTIONS, type AccessControlRule } from './access-control.ts'
import {
  type BoundIdentity,
  type DirectoryAccount,
  type ExternalIdentity,
  SUBJECT_CLAIMS,
  type TokenSubject,
} from './external-identity.ts'
import { isPolicy } from './iam-shape.ts'
import type { Memberships, User, UserId } from './identity.ts'
import type { StoredKind, ValueOf } from './policy-data.ts'
import type { AccessKey, Credential, Principal } from './principal.ts'
import type { Protection, ProtectionException } from './protection.ts'
import type { RoleId } from './role.ts'
import { isEffect, isFolderClass, isRole, PERIOD } from './role-shape.ts'
import {
  either,
  exactly,
  id,
  isBytes,
  isFlag,
  isText,
  isWhole,
  list,
  oneOf,
  optional,
  type Shape,
  some,
  structure,
} from './shape.ts'
import { EXTENDED_PROTECTIONS } from './sign-in.ts'
import type { Subscription } from './subscription.ts'

/** A type without the mark of values that are not understood. */
type Readable<T> = Omit<T, 'unreadable'>

type Conditions = Omit<
  Readable<AccessControlRule>,
  'name' | 'effect' | 'description' | 'createdAt' | 'modifiedAt'
>

const CONDITIONS = {
  ipRanges: optional(some(isText)),
  notIpRanges: optional(list(isText)),
  actions: optional(some(oneOf(ACCESS_CONTROL_ACTIONS))),
  notActions: optional(list(oneOf(ACCESS_CONTROL_ACTIONS))),
  userIds: optional(some(id<UserId>())),
  notUserIds: optional(list(id<UserId>())),
  impersonationRoleIds: optional(some(id<RoleId>())),
  notImpersonationRoleIds: optional(list(id<RoleId>())),
}

export const isConditions: Shape<Conditions> = structure<Conditions>(CONDITIONS)

const isAccessControlRule = structure<Readable<AccessControlRule>>({
  ...CONDITIONS,
  name: id(),
  effect: isEffect,
  description: isText,
  createdAt: isWhole,
  modifiedAt: isWhole,
})

export const isProtection: Shape<Readable<Protection>> = structure<Readable<Protection>>({
  users: list(id()),
  groups: list(id()),
  exceptions: list(
    structure<ProtectionException>({ roleId: id(), notAfter: isWhole, reason: isText }),
  ),
})

const isPrincipal = structure<Readable<Principal>>({
  ...PERIOD,
  id: id(),
  organizationId: id(),
  name: isText,
  enabled: isFlag,
  policy: isPolicy,
})

export const isExtendedProtection = oneOf(EXTENDED_PROTECTIONS)

const isKey = structure<Readable<AccessKey>>({
  id: id(),
  principalId: id(),
  secretHash: isBytes,
  sealedSecret: isBytes,
  enabled: isFlag,
  extendedProtection: isExtendedProtection,
  notBefore: optional(isWhole),
  expiresAt: optional(isWhole),
  createdAt: isWhole,
  lastUsedAt: optional(isWhole),
})

export const isIdentity: Shape<ExternalIdentity> = either(
  structure<DirectoryAccount>({
    kind: exactly('directory-account'),
    sid: id(),
    names: list(id()),
  }),
  structure<TokenSubject>({
    kind: exactly('token-subject'),
    issuer: id(),
    claim: oneOf(SUBJECT_CLAIMS),
    subject: id(),
  }),
)

export const isAliases = list(isText)

/** Memberships in groups that are all understood. */
const isMemberships = structure<Readable<Memberships>>({
  groups: list(id()),
  formerGroups: list(id()),
})

const isUser = structure<Readable<User>>({
  id: id(),
  primarySmtpAddress: id(),
  aliases: isAliases,
  principalName: optional(isText),
  sid: optional(isText),
  displayName: optional(isText),
  enabled: isFlag,
  memberOf: optional(isMemberships),
})

export const isOwners = list(id<Subscription['userId']>())
export const isFolderClasses = list(isFolderClass)

const isSubscription = structure<Readable<Subscription>>({
  organizationId: id(),
  idHash: id(),
  userId: id(),
  others: optional(isOwners),
  folderClasses: optional(isFolderClasses),
  roleId: id(),
  principalId: id(),
  lifeMs: isWhole,
  expiresAt: isWhole,
})

const SHAPES: Readonly<{ [Kind in StoredKind]: Shape<ValueOf<Kind>> }> = {
  'access-control': list(isAccessControlRule) as Shape<readonly AccessControlRule[]>,
  credential: structure<Credential>({
    key: isKey as Shape<AccessKey>,
    principal: isPrincipal as Shape<Principal>,
  }),
  identity: structure<Readable<BoundIdentity>>({
    identity: isIdentity,
    principal: isPrincipal as Shape<Principal>,
  }) as Shape<BoundIdentity>,
  name: isUser as Shape<User>,
  protection: isProtection as Shape<Protection>,
  role: isRole as ValueShape<'role'>,
  'role-name': isRole as ValueShape<'role'>,
  subscription: isSubscription as Shape<Subscription>,
  user: isUser as Shape<User>,
}

type ValueShape<Kind extends StoredKind> = Shape<ValueOf<Kind>>

/** Whether this version understands a value of policy data completely. */
export const isUnderstood = (kind: StoredKind, value: unknown): boolean => SHAPES[kind](value)
