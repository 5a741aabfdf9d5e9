/**
 * Shapes of roles and of their parts.
 *
 * @module
 */

import { only, without } from './members.ts'
import { OPERATION_NAMES } from './operation-names.ts'
import { FOLDER_CLASSES, PROFILES, type RoleProfile } from './profile.ts'
import {
  type Effect,
  GUARD_SWITCHES,
  type ImpersonationRole,
  type ImpersonationRule,
  MAILBOXES,
  ROLE_TYPES,
  type RoleContent,
  type RoleGuard,
  type RoleLock,
  type RoleShadow,
  type RoleType,
  RULE_EFFECTS,
  SENDERS,
} from './role.ts'
import {
  exactly,
  flags,
  id,
  isText,
  isWhole,
  list,
  oneOf,
  optional,
  type Shape,
  structure,
  that,
} from './shape.ts'

export const isEffect: Shape<Effect> = oneOf(RULE_EFFECTS)
export const isRoleType: Shape<RoleType> = oneOf(ROLE_TYPES)
export const isFolderClass = oneOf(FOLDER_CLASSES)

/** Members that limit something to a period. */
export const PERIOD = { notBefore: optional(isWhole), notAfter: optional(isWhole) }

/** Whether a condition that is there names users or groups. One that names none would match no user, or all. */
const namesSome = (
  users: readonly unknown[] | undefined,
  groups: readonly unknown[] | undefined,
): boolean => {
  const isAbsent = users === undefined && groups === undefined
  return isAbsent || (users?.length ?? 0) + (groups?.length ?? 0) > 0
}

const isRule: Shape<ImpersonationRule> = that(
  structure<ImpersonationRule>({
    id: id(),
    effect: isEffect,
    name: optional(isText),
    description: optional(isText),
    targetUsers: optional(list(id())),
    notTargetUsers: optional(list(id())),
    targetGroups: optional(list(id())),
    notTargetGroups: optional(list(id())),
    temporary: optional(exactly(true)),
    ...PERIOD,
  }),
  ({ targetUsers, notTargetUsers, targetGroups, notTargetGroups }) =>
    namesSome(targetUsers, targetGroups) && namesSome(notTargetUsers, notTargetGroups),
)

export const isRules = list(isRule)

/** All switches must be there, because the default of a missing one could allow more. */
export const isGuard: Shape<RoleGuard> = structure<RoleGuard>({
  mailboxes: oneOf(MAILBOXES),
  ...flags(GUARD_SWITCHES),
  senders: oneOf(SENDERS),
  extraReads: list(isText),
})

export const isLock: Shape<RoleLock> = structure<RoleLock>({
  message: optional(isText),
  expiresAt: optional(isWhole),
  lockedAt: optional(isWhole),
  lockedBy: optional(structure<NonNullable<RoleLock['lockedBy']>>({ id: isText, name: isText })),
})

export const isProfile: Shape<RoleProfile> = structure<RoleProfile>({
  name: optional(oneOf(PROFILES)),
  allowedOperations: optional(list(isText)),
  // An unknown name could mean more than one operation, and would deny none.
  deniedOperations: optional(list(oneOf(OPERATION_NAMES))),
})

const CONTENT = {
  type: isRoleType,
  rules: isRules,
  guard: isGuard,
  profile: optional(isProfile),
} satisfies Record<keyof RoleContent, unknown>

const CONTENT_NAMES = Object.keys(CONTENT) as (keyof RoleContent)[]

/** Returns the parts of a role that a draft can replace. */
export const roleContentOf = (content: RoleContent): RoleContent => only(content, CONTENT_NAMES)

/** Returns a role with the content of a draft, and without a shadow. */
export const withContent = (role: ImpersonationRole, content: RoleContent): ImpersonationRole => ({
  ...without(role, ['shadow', ...CONTENT_NAMES]),
  ...roleContentOf(content),
})

export const isShadow: Shape<RoleShadow> = structure<RoleShadow>({
  ...CONTENT,
  version: isWhole,
  base: isText,
  attachedAt: isWhole,
  attachedBy: structure<RoleShadow['attachedBy']>({ id: isText, name: isText }),
})

/** A role that this version understands completely. */
export const isRole: Shape<Omit<ImpersonationRole, 'unreadable'>> = structure<
  Omit<ImpersonationRole, 'unreadable'>
>({
  ...CONTENT,
  ...PERIOD,
  id: id(),
  organizationId: id(),
  name: id(),
  description: optional(isText),
  lock: optional(isLock),
  shadow: optional(isShadow),
  version: isWhole,
  tokensValidFrom: isWhole,
  createdAt: isWhole,
  modifiedAt: isWhole,
})
