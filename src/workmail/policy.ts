/**
 * WorkMail's roles and access control rules as those here.
 *
 * A rule names people by ids, which stay what they are. What cannot be said here as it was said there
 * is not said at all: a role that is not made lets nobody in.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../model/access-control.ts'
import {
  foldName,
  groupId,
  isUserId,
  type OrganizationId,
  type UserId,
  userId,
} from '../model/identity.ts'
import {
  DEFAULT_GUARD,
  foldRoleName,
  type ImpersonationRole,
  type ImpersonationRule,
} from '../model/role.ts'
import type { RoleDraft } from '../store/store.ts'
import type {
  NamedAccessControlRule,
  NamedRule,
  WorkMailOrganization,
  WorkMailRole,
} from './workmail.ts'

export type AccessControlDraft = Omit<AccessControlRule, 'createdAt' | 'modifiedAt'>

/** Who is meant by a name in a rule. */
export type Names = Readonly<{
  /** The id, or undefined where nobody can tell. */
  idOf: (name: string) => UserId | undefined
  /** Whether this is somebody else here: an address of theirs is another user's. */
  isSomebodyElse: (id: UserId) => boolean
  /** Whether a group has this id here, once all is made. */
  isGroup: (id: string) => boolean
}>

/**
 * @param strangers - WorkMail's ids of users whose names belong to others here
 * @param groups - ids of the groups that are made
 */
export function namesOf(
  { users }: WorkMailOrganization,
  strangers: ReadonlySet<string>,
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
    isSomebodyElse: id => strangers.has(id),
    isGroup: id => groups.has(id),
  }
}

/** Drafts of roles, and a line for each that cannot be made. */
export function rolesOf(
  roles: readonly WorkMailRole[],
  present: readonly ImpersonationRole[],
  organization: OrganizationId,
  names: Names,
): Readonly<{ drafts: readonly RoleDraft[]; unfit: readonly string[] }> {
  const drafts: RoleDraft[] = []
  const unfit: string[] = []
  for (const role of roles) {
    const here = present.find(({ id }) => id === role.id)
    const namesake = present.find(
      ({ id, name }) => id !== role.id && foldRoleName(name) === foldRoleName(role.name),
    )
    const flaws = role.rules.flatMap(rule => flawsOfRule(rule, names))
    if (namesake) flaws.push(`the role ${namesake.id} has this name here`)
    if (flaws.length > 0) {
      unfit.push(
        ...new Set(flaws.map(flaw => `role ${role.name} (${role.id}) is not made: ${flaw}`)),
      )
      continue
    }
    drafts.push({
      ...role,
      organizationId: organization,
      rules: role.rules.map(rule => ruleOf(rule, names)),
      guard: here?.guard ?? DEFAULT_GUARD,
      ...(here?.lock && { lock: here.lock }),
    })
  }
  return { drafts, unfit }
}

/** Why access control cannot be taken over, one rule of it or another; nothing where it can. */
export const flawsOfAccessControl = (
  rules: readonly NamedAccessControlRule[],
  names: Names,
): readonly string[] =>
  rules.flatMap(({ name, userIds = [], notUserIds = [] }) =>
    flawsOf([...userIds, ...notUserIds], names).map(flaw => `access control rule ${name}: ${flaw}`),
  )

/** Those that deny come first: at no moment is more let through than in the end. */
export const accessControlOf = (
  rules: readonly NamedAccessControlRule[],
  names: Names,
): readonly AccessControlDraft[] =>
  rules
    .map(({ userIds, notUserIds, ...rule }) => ({
      ...rule,
      ...(userIds && { userIds: idsOf(userIds, names) }),
      ...(notUserIds && { notUserIds: idsOf(notUserIds, names) }),
    }))
    .toSorted((one, other) => Number(other.effect === 'DENY') - Number(one.effect === 'DENY'))

/** Whether the rule that lets everybody through has to go, which WorkMail's organization has not. */
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
    ...gone.map(id => `it names the group ${id}, which is not made`),
  ]
}

function flawsOf(named: readonly string[], { idOf, isSomebodyElse }: Names): string[] {
  return named.flatMap(name => {
    const id = idOf(name)
    if (id === undefined) return [`it names ${JSON.stringify(name)}, who is no user`]
    return isSomebodyElse(id) ? [`it names ${name}, who is somebody else here`] : []
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
