/**
 * What an import does to the users of an organization: pure, before anything is written.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { foldName, type User, type UserId, userId } from '../model/identity.ts'
import { nameSubject, type Subject, userSubject } from '../model/subject.ts'
import { type Name, NameMap, namesOf } from './names.ts'
import { ConflictError, type ImportPlan, type UserDraft } from './store.ts'

/** A user, or what a deleted one left: the id, and all the names that still belong to it. */
export type Known = Readonly<{ user: User; deleted: boolean }>

export type UserName = Name & Readonly<{ userId: UserId }>

/** An import, and the names that change hands by it. */
export type Plan = ImportPlan &
  Readonly<{
    freed: readonly UserName[]
    taken: readonly UserName[]
    /** Who is updated, as they were. */
    overwritten: readonly User[]
  }>

/** A draft as the user that it makes, and who had that id until now. */
type Match = Readonly<{ user: User; names: readonly Name[]; before: Known | undefined }>

/**
 * Finds for each draft its user, and what becomes of everyone.
 *
 * @throws ConflictError listing every draft that cannot be taken, by index
 */
export function planImport(known: readonly Known[], drafts: readonly UserDraft[]): Plan {
  const byId = new Map(known.map(one => [one.user.id, one]))
  const owners = ownersOf(known)
  const named = idsOf(drafts)
  const matches = drafts.map(draft => matchOf(draft, byId, owners, named))
  refuseConflicts(matches, owners)
  return planOf(known, matches)
}

/**
 * Plans the import of one draft, which may enable or disable its user, and tells who that is.
 *
 * @param known - at least everyone who has the draft's id or one of its names
 * @throws ConflictError
 */
export function planUser(
  known: readonly Known[],
  draft: UserDraft,
): Readonly<{ user: User; plan: Plan }> {
  const owners = ownersOf(known)
  const byId = new Map(known.map(one => [one.user.id, one]))
  const match = matchOf(draft, byId, owners, idsOf([draft]))
  refuseConflicts([match], owners)
  return { user: match.user, plan: planOf(known, [match]) }
}

/** A user is read by the id and by every name. */
export const subjectsOfUser = (user: User): readonly Subject[] => [
  userSubject(user.id),
  ...namesOf(user).map(({ space, name }) => nameSubject(space, name)),
]

/** What an import makes void: users as they will be, and the names that they gave up. */
export const subjectsOf = (
  { created, updated, freed }: Plan,
  deleted: readonly User[],
): readonly Subject[] => [
  ...[...created, ...updated, ...deleted].flatMap(subjectsOfUser),
  ...freed.map(({ space, name }) => nameSubject(space, name)),
]

function planOf(known: readonly Known[], matches: readonly Match[]): Plan {
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
    ...exchangeOf([...created, ...updated]),
  }
}

function ownersOf(known: readonly Known[]): NameMap<Known> {
  const owners = new NameMap<Known>()
  for (const one of known) for (const name of namesOf(one.user)) owners.set(name, one)
  return owners
}

/** The users whom drafts name by an id. */
const idsOf = (drafts: readonly UserDraft[]): ReadonlySet<UserId | undefined> =>
  new Set(drafts.map(({ id, ownId }) => id ?? ownId))

/**
 * A draft with an id means that user or a new one, whatever else it says. One with an id of its own
 * means that user where there is one; else whoever has its names and whom no other draft names.
 */
function matchOf(
  draft: UserDraft,
  byId: ReadonlyMap<UserId, Known>,
  owners: NameMap<Known>,
  named: ReadonlySet<UserId | undefined>,
): Match {
  const names = namesOf(draft)
  const before = beforeOf(draft, names)
  const id = before?.user.id ?? draft.id ?? draft.ownId ?? userId(randomUUID())
  return { user: userOf(draft, id, names, before), names, before }

  function beforeOf({ id, ownId }: UserDraft, names: readonly Name[]): Known | undefined {
    if (id !== undefined) return byId.get(id)
    if (ownId === undefined) return ownerOf(draft, names, owners)
    const owner = byId.get(ownId) ?? ownerOf(draft, names, owners)
    return owner && owner.user.id !== ownId && named.has(owner.user.id) ? undefined : owner
  }
}

/** By SID, else primary address, else by any name of somebody who was deleted. */
function ownerOf(
  { primarySmtpAddress }: UserDraft,
  names: readonly Name[],
  owners: NameMap<Known>,
): Known | undefined {
  const found = names.map(name => ({ name, owner: owners.get(name) }))
  const bySid = found.find(({ name }) => name.space === 'sid')?.owner
  if (bySid) return bySid

  const primary = foldName(primarySmtpAddress)
  const byAddress = found.find(
    ({ owner }) => owner && foldName(owner.user.primarySmtpAddress) === primary,
  )
  return (byAddress ?? found.find(({ owner }) => owner?.deleted))?.owner
}

/** An alias that repeats another address says nothing new. */
function userOf(
  draft: UserDraft,
  id: UserId,
  names: readonly Name[],
  before: Known | undefined,
): User {
  const addresses = names.filter(({ space }) => space === 'address')
  return {
    id,
    primarySmtpAddress: draft.primarySmtpAddress,
    aliases: addresses.slice(1).map(({ written }) => written),
    ...(draft.principalName !== undefined && { principalName: draft.principalName }),
    ...(draft.sid !== undefined && { sid: draft.sid }),
    ...(draft.displayName !== undefined && { displayName: draft.displayName }),
    enabled: draft.enabled ?? before?.user.enabled ?? true,
  }
}

/** The order of aliases means nothing. */
function isSameUser(a: User, b: User): boolean {
  const sorted = (user: User) => ({ ...user, aliases: user.aliases.toSorted() })
  return isDeepStrictEqual(sorted(a), sorted(b))
}

function exchangeOf(matches: readonly Match[]): Pick<Plan, 'freed' | 'taken'> {
  const freed: UserName[] = []
  const taken: UserName[] = []
  for (const { user, names, before } of matches) {
    const namesBefore = before ? namesOf(before.user) : []
    freed.push(...missingIn(names, namesBefore).map(name => ({ ...name, userId: user.id })))
    taken.push(...missingIn(namesBefore, names).map(name => ({ ...name, userId: user.id })))
  }
  return { freed, taken }
}

const missingIn = (some: readonly Name[], names: readonly Name[]) =>
  names.filter(({ space, name }) => !some.some(one => one.space === space && one.name === name))

function refuseConflicts(matches: readonly Match[], owners: NameMap<Known>) {
  const ids = new Map<UserId, number>()
  const claims = new NameMap<number>()
  for (const { user, names } of matches) {
    ids.set(user.id, (ids.get(user.id) ?? 0) + 1)
    for (const name of names) claims.set(name, (claims.get(name) ?? 0) + 1)
  }

  const conflicts = matches.flatMap(({ user, names }, index) => [
    ...(ids.get(user.id) === 1
      ? []
      : [{ index, message: `another row is the user ${user.id} too` }]),
    ...names.flatMap(name => {
      const owner = owners.get(name)
      if (claims.get(name) !== 1)
        return [{ index, message: `another row has ${labelOf(name)} too`, name }]
      // An owner who is in the import claims the name by his own row, or has given it up.
      if (!owner || ids.has(owner.user.id)) return []
      return [{ index, message: `${labelOf(name)} ${belongingTo(owner)}`, name }]
    }),
  ])
  if (conflicts.length > 0) throw new ConflictError(conflicts)
}

const LABELS = {
  address: 'the address',
  principal: 'the principal name',
  sid: 'the SID',
} as const satisfies Record<Name['space'], string>

const labelOf = ({ space, written }: Name) => `${LABELS[space]} ${written}`

const belongingTo = ({ user: { id, primarySmtpAddress }, deleted }: Known) =>
  deleted
    ? `stays with the deleted user ${primarySmtpAddress}: only the id ${id} can have it again`
    : `belongs to ${primarySmtpAddress} (${id})`
