/**
 * Plans an import of users. It doesn't access the store.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { foldName, type User, type UserId, userId } from '../model/identity.ts'
import { only, without } from '../model/members.ts'
import { nameSubject, type Subject, userSubject } from '../model/subject.ts'
import { type Match, rejectConflicts } from './conflicts.ts'
import {
  isAmong,
  liveNamesOf,
  missingIn,
  type Owner,
  ownersOf,
  type StoredUser,
} from './name-owners.ts'
import { type Name, type NameMap, namesOf } from './names.ts'
import { type ImportPlan, USER_FIELDS, type UserDraft } from './store.ts'

export type UserName = Name & Readonly<{ userId: UserId }>

/** The result of an import, and its effect on names. */
export type Plan = ImportPlan &
  Readonly<{
    /** Names that become former names. */
    lost: readonly UserName[]
    /** New names that belonged to no user before. */
    taken: readonly UserName[]
    /** Former names that become names of the same users again. */
    regained: readonly UserName[]
    /** Users to update, in their state before the update. */
    overwritten: readonly User[]
  }>

/**
 * Finds the user of each draft, and computes the result for all users.
 *
 * @throws ConflictError with every draft that can't be imported, by index
 */
export function planImport(known: readonly StoredUser[], drafts: readonly UserDraft[]): Plan {
  const byId = new Map(known.map(one => [one.user.id, one]))
  const owners = ownersOf(known)
  const named = idsOf(drafts)
  const matches = drafts.map(draft => matchOf(draft, byId, owners, named))
  rejectConflicts(matches, owners)
  return planOf(known, matches)
}

/**
 * Plans the import of one draft, which can enable or disable its user, and returns that user.
 *
 * @param known - at least all users with the draft's ID or one of its names
 * @throws ConflictError
 */
export function planUser(
  known: readonly StoredUser[],
  draft: UserDraft,
): Readonly<{ user: User; plan: Plan }> {
  const owners = ownersOf(known)
  const byId = new Map(known.map(one => [one.user.id, one]))
  const match = matchOf(draft, byId, owners, idsOf([draft]))
  rejectConflicts([match], owners)
  return { user: match.user, plan: planOf(known, [match]) }
}

/** Subjects of a user: its ID and every name. */
export const subjectsOfUser = (user: User): readonly Subject[] => [
  userSubject(user.id),
  ...namesOf(user).map(({ space, name }) => nameSubject(space, name)),
]

/** Subjects that an import invalidates: those of the resulting users, and the names that users lose. */
export const subjectsOf = (
  { created, updated, lost }: Plan,
  deleted: readonly User[],
): readonly Subject[] => [
  ...[...created, ...updated, ...deleted].flatMap(subjectsOfUser),
  ...lost.map(({ space, name }) => nameSubject(space, name)),
]

function planOf(known: readonly StoredUser[], matches: readonly Match[]): Plan {
  const created = matches.filter(({ before }) => !before || before.deleted)
  const live = matches.filter(({ before }) => before && !before.deleted)
  const updated = live.filter(({ user, before }) => before && !isSameUser(user, before.user))
  const named = new Set(matches.map(({ user }) => user.id))
  return {
    created: created.map(({ user }) => user),
    updated: updated.map(({ user }) => user),
    overwritten: updated.flatMap(({ before }) => before?.user ?? []),
    unchanged: live.length - updated.length,
    missing: known.filter(one => !one.deleted && !named.has(one.user.id)).map(({ user }) => user),
    ...namesChangedBy([...created, ...updated]),
  }
}

/** Returns the IDs of the users that drafts identify by an ID. */
const idsOf = (drafts: readonly UserDraft[]): ReadonlySet<UserId | undefined> =>
  new Set(drafts.map(({ id, ownId }) => id ?? ownId))

/**
 * Finds the user of a draft. A draft with an ID is the user with this ID. A draft with an ID of a directory is
 * the user with this ID, if it exists, otherwise the user found by its names if no other draft identifies that user
 * by ID. Any other draft is the user found by its names. If there is no such user, the draft is a new user, with the
 * draft's ID if it has one.
 */
function matchOf(
  draft: UserDraft,
  byId: ReadonlyMap<UserId, StoredUser>,
  owners: NameMap<Owner>,
  named: ReadonlySet<UserId | undefined>,
): Match {
  const before = beforeOf(draft, namesOf(draft))
  const id = before?.user.id ?? draft.id ?? draft.ownId ?? userId(randomUUID())
  const content = contentOf(draft, before)
  const names = namesOf(content)
  const enabled = draft.enabled ?? before?.user.enabled ?? true
  return { user: { ...content, id, aliases: aliasesIn(names), enabled }, names, before }

  function beforeOf({ id, ownId }: UserDraft, names: readonly Name[]): StoredUser | undefined {
    if (id !== undefined) return byId.get(id)
    if (ownId === undefined) return ownerOf(draft, names, owners)
    const owner = byId.get(ownId) ?? ownerOf(draft, names, owners)
    return owner && owner.user.id !== ownId && named.has(owner.user.id) ? undefined : owner
  }
}

/**
 * Finds a user by SID, otherwise by primary address, otherwise by any name of a deleted user. A former name of an
 * existing user doesn't find that user, but is a conflict, so that no draft overwrites the user by mistake.
 */
function ownerOf(
  { primarySmtpAddress }: UserDraft,
  names: readonly Name[],
  owners: NameMap<Owner>,
): StoredUser | undefined {
  const found = names.map(name => ({ name, owner: finderOf(owners.get(name)) }))
  const bySid = found.find(({ name }) => name.space === 'sid')?.owner
  if (bySid) return bySid

  const primary = foldName(primarySmtpAddress)
  const byAddress = found.find(
    ({ owner }) => owner && foldName(owner.user.primarySmtpAddress) === primary,
  )
  return (byAddress ?? found.find(({ owner }) => owner?.deleted))?.owner
}

/** Returns the existing user with the fields that a draft replaces. A deleted user keeps no other fields. */
function contentOf(draft: UserDraft, before: StoredUser | undefined): Omit<User, 'id' | 'enabled'> {
  if (before === undefined || before.deleted) return only(draft, USER_FIELDS)
  const { replaces = USER_FIELDS } = draft
  return {
    ...without(before.user, ['id', 'enabled', 'memberOf', 'unreadable', ...replaces]),
    ...only(draft, replaces),
  }
}

/** Returns aliases without those that repeat another address. */
const aliasesIn = (names: readonly Name[]): readonly string[] =>
  names
    .filter(({ space }) => space === 'address')
    .slice(1)
    .map(({ written }) => written)

const finderOf = (owner: Owner | undefined): StoredUser | undefined =>
  owner && (owner.live || owner.known.deleted) ? owner.known : undefined

/** Whether two users have the same values, in any order of aliases. */
function isSameUser(a: User, b: User): boolean {
  const sorted = (user: User) => ({ ...user, aliases: user.aliases.toSorted() })
  return isDeepStrictEqual(sorted(a), sorted(b))
}

function namesChangedBy(matches: readonly Match[]): Pick<Plan, 'lost' | 'taken' | 'regained'> {
  const lost: UserName[] = []
  const taken: UserName[] = []
  const regained: UserName[] = []
  for (const { user, names, before } of matches) {
    const owned = (name: Name): UserName => ({ ...name, userId: user.id })
    const [live, former] = [liveNamesOf(before), before?.former ?? []]
    lost.push(...missingIn(live, names).map(owned))
    regained.push(...names.filter(name => isAmong(former, name)).map(owned))
    taken.push(...missingIn(names, [...live, ...former]).map(owned))
  }
  return { lost, taken, regained }
}
