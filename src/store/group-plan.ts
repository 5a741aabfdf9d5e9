/**
 * Plans an import of groups. It doesn't access the store.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { foldGroupName, type Group, membershipChange } from '../model/group.ts'
import { foldName, type GroupId, groupId } from '../model/identity.ts'
import { without } from '../model/members.ts'
import { ConflictError, type GroupDraft, type GroupPlan } from './store.ts'

/** A group, or the tombstone of a deleted group, which has its ID, name, address, and last members. */
export type KnownGroup = Readonly<{
  group: Group
  deleted: boolean
  /** IDs of members of unknown kinds. Absent if there are none. */
  others?: readonly string[]
}>

/** The result of an import, and the group of each draft, in their order. */
export type Plan = GroupPlan & Readonly<{ drafted: readonly Group[] }>

/** Members of a group that a draft replaces. */
const REPLACED = ['name', 'primarySmtpAddress', 'users', 'groups', 'unreadable'] as const

type Match = Readonly<{ group: Group; before: KnownGroup | undefined }>

/**
 * Finds the group of each draft, and the result for every group.
 *
 * @throws ConflictError with every draft that can't be imported, by index
 */
export function planGroups(known: readonly KnownGroup[], drafts: readonly GroupDraft[]): Plan {
  const byId = new Map(known.map(one => [one.group.id, one]))
  const owners = ownersOf(known)
  const claimed = new Set(drafts.map(({ id, ownId }) => id ?? ownId))
  const matches = drafts.map(draft => matchOf(draft, byId, owners, claimed))
  rejectConflicts(matches, owners)

  const live = matches.filter(({ before }) => before && !before.deleted)
  const updated = live.filter(({ group, before }) => !isDeepStrictEqual(group, before?.group))
  const created = matches.filter(({ before }) => !before || before.deleted)
  const named = new Set(matches.map(({ group }) => group.id))
  const missing = known.filter(one => !one.deleted && !named.has(one.group.id))
  return {
    created: created.map(({ group }) => group),
    updated: updated.map(({ group }) => group),
    unchanged: live.length - updated.length,
    drafted: matches.map(({ group }) => group),
    missing: missing.map(one => one.group),
    members: [
      ...[...created, ...updated].map(({ group, before }) =>
        membershipChange(group.id, before && membersOf(before), group),
      ),
      ...missing.map(one => membershipChange(one.group.id, membersOf(one), undefined)),
    ],
  }
}

/** Returns the members of a group that are in it now, or were last in it. */
export const membersOf = ({ group, others, deleted }: KnownGroup) => ({
  deleted,
  members: { users: group.users, groups: group.groups, ...(others && { others }) },
})

/**
 * Finds the group of a draft. A draft with an ID is the group with this ID. A draft with an ID of a directory is
 * the group with this ID, if it exists, otherwise a group that has one of its names and that no other draft
 * identifies by ID. Any other draft is the group that has one of its names. If there is no such group, the draft is a
 * new group, with the draft's ID if it has one.
 */
function matchOf(
  { id, ownId, name, primarySmtpAddress, users, groups }: GroupDraft,
  byId: ReadonlyMap<GroupId, KnownGroup>,
  owners: ReadonlyMap<string, KnownGroup>,
  claimed: ReadonlySet<GroupId | undefined>,
): Match {
  const named = namesOf({ name, primarySmtpAddress }).flatMap(({ key }) => owners.get(key) ?? [])
  const own = ownId && byId.get(ownId)
  const free = ownId ? named.filter(({ group }) => !claimed.has(group.id)) : named
  const before = id === undefined ? (own ?? free[0]) : byId.get(id)
  const present = before?.deleted ? undefined : before?.group
  const group = {
    ...(present && without(present, REPLACED)),
    id: before?.group.id ?? id ?? ownId ?? groupId(randomUUID()),
    name,
    ...(primarySmtpAddress !== undefined && { primarySmtpAddress }),
    users: [...new Set(users)].sort(),
    groups: [...new Set(groups)].sort(),
  }
  return { group, before }
}

type Names = Readonly<{ name: string; primarySmtpAddress?: string | undefined }>

/** Values that must be unique: the name, then the address. */
const namesOf = ({ name, primarySmtpAddress }: Names) => [
  { key: `name ${foldGroupName(name)}`, label: `the name ${name}` },
  ...(primarySmtpAddress === undefined
    ? []
    : [
        {
          key: `address ${foldName(primarySmtpAddress)}`,
          label: `the address ${primarySmtpAddress}`,
        },
      ]),
]

const ownersOf = (known: readonly KnownGroup[]): ReadonlyMap<string, KnownGroup> =>
  new Map(known.flatMap(one => namesOf(one.group).map(({ key }) => [key, one] as const)))

function rejectConflicts(matches: readonly Match[], owners: ReadonlyMap<string, KnownGroup>) {
  const ids = new Map<GroupId, number>()
  const claims = new Map<string, number>()
  for (const { group } of matches) {
    ids.set(group.id, (ids.get(group.id) ?? 0) + 1)
    for (const { key } of namesOf(group)) claims.set(key, (claims.get(key) ?? 0) + 1)
  }

  const conflicts = matches.flatMap(({ group }, index) => [
    ...(ids.get(group.id) === 1
      ? []
      : [{ index, message: `another row is the group ${group.id} too` }]),
    ...namesOf(group).flatMap(({ key, label }) => {
      const owner = owners.get(key)
      if (claims.get(key) !== 1) return [{ index, message: `another row has ${label} too` }]
      // Ignores owners that are part of the same import, because their own drafts are checked, too.
      if (!owner || ids.has(owner.group.id)) return []
      return [{ index, message: `${label} ${belongingTo(owner)}` }]
    }),
  ])
  if (conflicts.length > 0) throw new ConflictError(conflicts)
}

const belongingTo = ({ group: { id, name }, deleted }: KnownGroup) =>
  deleted
    ? `stays with the deleted group ${name}: only the id ${id} can have it again`
    : `is already in use by the group ${name}`
