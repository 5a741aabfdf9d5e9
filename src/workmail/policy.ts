/**
 * Converts WorkMail's roles and access control rules.
 *
 * Rules name users by IDs, which the import keeps. A role with a rule that cannot be converted exactly is not
 * imported. That is safe, because a missing role allows nothing.
 *
 * @module
 */

import {
  type AccessControlRule,
  DEFAULT_ACCESS_CONTROL_RULE,
  REPLACED_IN_RULE,
} from '../model/access-control.ts'
import {
  foldName,
  groupId,
  isUserId,
  type OrganizationId,
  type UserId,
  userId,
} from '../model/identity.ts'
import { without } from '../model/members.ts'
import {
  DEFAULT_GUARD,
  foldRoleName,
  type ImpersonationRole,
  type ImpersonationRule,
  type RoleDraft,
  roleDraftOf,
} from '../model/role.ts'
import type {
  NamedAccessControlRule,
  NamedRule,
  WorkMailOrganization,
  WorkMailRole,
} from './workmail.ts'

/** An access control rule to write. */
export type AccessControlDraft = Omit<AccessControlRule, 'createdAt' | 'modifiedAt' | 'unreadable'>

/** Users and groups that rules can name. */
export type Names = Readonly<{
  /** Returns the ID of a user by any name or ID, or undefined if the user is unknown. */
  idOf: (name: string) => UserId | undefined
  /** Returns whether an address of this user belongs to another user of the gateway. */
  isAnotherUser: (id: UserId) => boolean
  /** Returns whether the import includes a group with this ID. */
  isGroup: (id: string) => boolean
}>

/**
 * Returns the names for an import.
 *
 * @param others - WorkMail IDs of users with an address that belongs to another user of the gateway
 * @param groups - IDs of the imported groups
 */
export function namesOf(
  { users }: WorkMailOrganization,
  others: ReadonlySet<string>,
  groups: ReadonlySet<string>,
): Names {
  const byName = new Map<string, string>()
  for (const { id, email, name, aliases } of users)
    for (const written of [email, name, ...aliases])
      if (written !== undefined) byName.set(foldName(written), id)
  const known = new Set(users.map(({ id }) => id))
  return {
    idOf: name => {
      const id = known.has(name) || isUserId(name) ? name : byName.get(foldName(name))
      return id === undefined ? undefined : userId(id)
    },
    isAnotherUser: id => others.has(id),
    isGroup: id => groups.has(id),
  }
}

/** Returns drafts of roles, and a line for each reason why a role is not imported. */
export function rolesOf(
  roles: readonly WorkMailRole[],
  present: readonly ImpersonationRole[],
  organization: OrganizationId,
  names: Names,
): Readonly<{ drafts: readonly RoleDraft[]; skipped: readonly string[] }> {
  const drafts: RoleDraft[] = []
  const skipped: string[] = []
  for (const role of roles) {
    const here = present.find(({ id }) => id === role.id)
    const namesake = present.find(
      ({ id, name }) => id !== role.id && foldRoleName(name) === foldRoleName(role.name),
    )
    const flaws = role.rules.flatMap(rule => flawsOfRule(rule, names))
    if (namesake) flaws.push(`the role ${namesake.id} of the gateway already has this name`)
    if (here?.unreadable)
      flaws.push('this version of the gateway does not understand the role that it would replace')
    if (flaws.length > 0) {
      skipped.push(
        ...new Set(flaws.map(flaw => `role ${role.name} (${role.id}) is not imported: ${flaw}`)),
      )
      continue
    }
    drafts.push({
      ...(here ? without(roleDraftOf(here), OF_ROLE) : { guard: DEFAULT_GUARD }),
      ...role,
      organizationId: organization,
      rules: role.rules.map(rule => {
        const present = here?.rules.find(({ id }) => id === rule.id)
        return { ...(present && without(present, OF_RULE)), ...ruleOf(rule, names) }
      }),
    })
  }
  return { drafts, skipped }
}

// Members that WorkMail has, and that an import replaces. It keeps all others of objects with the same ID or name.
const OF_ROLE = ['name', 'description', 'type', 'rules'] as const
const OF_RULE = [
  'effect',
  'name',
  'description',
  'targetUsers',
  'notTargetUsers',
  'targetGroups',
  'notTargetGroups',
] as const

/** Returns the reasons why the access control rules cannot be imported. Empty if they can. */
export const flawsOfAccessControl = (
  rules: readonly NamedAccessControlRule[],
  names: Names,
): readonly string[] =>
  rules.flatMap(({ name, userIds = [], notUserIds = [] }) =>
    flawsOf([...userIds, ...notUserIds], names).map(flaw => `access control rule ${name}: ${flaw}`),
  )

/**
 * Returns drafts of the rules. Rules that deny come first, so that an import that fails midway never allows more
 * than a complete one.
 */
export const accessControlOf = (
  rules: readonly NamedAccessControlRule[],
  present: readonly AccessControlRule[],
  names: Names,
): readonly AccessControlDraft[] =>
  rules
    .map(({ userIds, notUserIds, ...rule }) => {
      const here = present.find(({ name }) => name === rule.name)
      return {
        ...(here && without(here, REPLACED_IN_RULE)),
        ...rule,
        ...(userIds && { userIds: idsOf(userIds, names) }),
        ...(notUserIds && { notUserIds: idsOf(notUserIds, names) }),
      }
    })
    .toSorted((one, other) => Number(other.effect === 'DENY') - Number(one.effect === 'DENY'))

/** Returns whether to remove the unchanged default rule, which allows everyone and which WorkMail does not have. */
export const dropsDefault = (
  rules: readonly NamedAccessControlRule[],
  present: readonly AccessControlRule[],
): boolean => {
  const { name } = DEFAULT_ACCESS_CONTROL_RULE
  const here = present.find(rule => rule.name === name)
  return here?.modifiedAt === 0 && !rules.some(rule => rule.name === name)
}

function flawsOfRule(rule: NamedRule, names: Names): string[] {
  const { targetUsers = [], notTargetUsers = [], targetGroups = [], notTargetGroups = [] } = rule
  const gone = [...targetGroups, ...notTargetGroups].filter(id => !names.isGroup(id))
  return [
    ...flawsOf([...targetUsers, ...notTargetUsers], names),
    ...gone.map(id => `it names the group ${id}, which is not imported`),
  ]
}

function flawsOf(named: readonly string[], { idOf, isAnotherUser }: Names): string[] {
  return named.flatMap(name => {
    const id = idOf(name)
    if (id === undefined) return [`it names ${JSON.stringify(name)}, which is not a user`]
    return isAnotherUser(id)
      ? [`it names ${name}, and an address of that user belongs to another user of the gateway`]
      : []
  })
}

const idsOf = (named: readonly string[], { idOf }: Names): readonly UserId[] => [
  ...new Set(named.map(idOf).filter(id => id !== undefined)),
]

const ruleOf = (
  { targetUsers, notTargetUsers, targetGroups, notTargetGroups, ...rule }: NamedRule,
  names: Names,
): ImpersonationRule => ({
  ...rule,
  ...((targetUsers || targetGroups) && { targetUsers: idsOf(targetUsers ?? [], names) }),
  ...((notTargetUsers || notTargetGroups) && {
    notTargetUsers: idsOf(notTargetUsers ?? [], names),
  }),
  ...(targetGroups && { targetGroups: targetGroups.map(groupId) }),
  ...(notTargetGroups && { notTargetGroups: notTargetGroups.map(groupId) }),
})
