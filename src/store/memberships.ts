/**
 * Memberships in SQL: every group that contains a user, directly or through nested groups. Read in several steps.
 * That is safe, because a change in between invalidates the users that it affects.
 *
 * @module
 */

import type { GroupId, Memberships, OrganizationId, User, UserId } from '../model/identity.ts'
import { chunks } from './chunks.ts'
import type { GroupMember } from './store.ts'
import { readFlag } from './stored-json.ts'
import type { Database } from './tables.ts'
import { hasUnreadableGroups, isMemberKind, ofUnknownKind } from './unreadable-groups.ts'

/** Number of users or groups in a query above which all rows are read. */
const ASKED = 2_000

/**
 * A user or group, and a group that contains it. If the row is not understood, the group can contain it in another way
 * than as a member.
 */
type Held<Id> = Readonly<{ member: Id; holder: GroupId; isUnderstood: boolean }>

/** Groups that are not live: `deleted` has those whose state is not understood, too. */
type States = Readonly<{ deleted: ReadonlySet<GroupId>; unreadable: ReadonlySet<GroupId> }>

/** Returns the users with their groups. @param only - if given, memberships in other groups can be missing */
export async function withMemberships(
  db: Database,
  organization: OrganizationId,
  users: readonly User[],
  only?: readonly GroupId[],
): Promise<readonly User[]> {
  if (only?.length === 0) return users
  const isLimited = only !== undefined && !(await hasUnreadableGroups(db, organization))
  const below = isLimited ? await readBelow(db, organization, only) : undefined
  const ids = users.map(({ id }) => id)
  const direct = await readHolders<UserId>(db, organization, 'user', ids, below)
  if (direct.length === 0) return users
  const above = await readAbove(db, organization, holdersIn(direct))
  const states = await readStates(db, organization, holdersIn([...direct, ...above]))
  const ladder = new Ladder(above, states)
  const byUser = Map.groupBy(direct, ({ member }) => member)
  return users.map(user => {
    const held = byUser.get(user.id)
    return held === undefined ? user : { ...user, memberOf: ladder.membershipsOf(held) }
  })
}

const holdersIn = (held: readonly Held<string>[]): readonly GroupId[] => [
  ...new Set(held.map(({ holder }) => holder)),
]

async function readHolders<Id extends string>(
  db: Database,
  organization: OrganizationId,
  kind: GroupMember['kind'],
  members: readonly Id[],
  holders?: readonly GroupId[],
): Promise<readonly Held<Id>[]> {
  const all = db
    .selectFrom('group_members')
    .select(['member_id', 'group_id', 'kind'])
    .where('organization_id', '=', organization)
    .$if(holders !== undefined, query => query.where('group_id', 'in', holders ?? []))
  const rows = await someOf(members, some => {
    const asked = some ? all.where('member_id', 'in', some) : all
    return asked.where('kind', '=', kind).unionAll(ofUnknownKind(asked)).execute()
  })
  return rows.map(({ member_id, group_id, kind: of }) => ({
    member: member_id as Id,
    holder: group_id,
    isUnderstood: isMemberKind(of),
  }))
}

/**
 * Reads the groups that these groups contain, level by level.
 *
 * @returns these groups, and those in them; undefined if there are too many
 */
async function readBelow(
  db: Database,
  organization: OrganizationId,
  groups: readonly GroupId[],
): Promise<readonly GroupId[] | undefined> {
  const below = new Set(groups)
  let level = groups
  while (level.length > 0) {
    if (below.size > ASKED) return undefined
    const rows = await db
      .selectFrom('group_members')
      .select('member_id')
      .where('organization_id', '=', organization)
      .where('kind', '!=', 'user')
      .where('group_id', 'in', level)
      .execute()
    level = rows.map(row => row.member_id as GroupId).filter(id => !below.has(id))
    for (const id of level) below.add(id)
  }
  return [...below]
}

/** Reads the groups that contain these groups, level by level. Reads each group once, so cycles do no harm. */
async function readAbove(
  db: Database,
  organization: OrganizationId,
  groups: readonly GroupId[],
): Promise<readonly Held<GroupId>[]> {
  const above: Held<GroupId>[] = []
  const asked = new Set<GroupId>()
  let level = groups
  while (level.length > 0) {
    for (const id of level) asked.add(id)
    const held = await readHolders<GroupId>(db, organization, 'group', level)
    above.push(...held)
    level = holdersIn(held).filter(id => !asked.has(id))
    if (asked.size > ASKED) return await readHolders<GroupId>(db, organization, 'group', [...asked])
  }
  return above
}

async function readStates(
  db: Database,
  organization: OrganizationId,
  groups: readonly GroupId[],
): Promise<States> {
  const all = db
    .selectFrom('groups')
    .select(['id', 'deleted'])
    .where('organization_id', '=', organization)
    .where('deleted', '!=', 0)
  const rows = await someOf(groups, some => (some ? all.where('id', 'in', some) : all).execute())
  const unreadable = rows.filter(({ deleted }) => readFlag(deleted) === undefined)
  return { deleted: idsIn(rows), unreadable: idsIn(unreadable) }
}

const idsIn = (rows: readonly Readonly<{ id: GroupId }>[]): ReadonlySet<GroupId> =>
  new Set(rows.map(({ id }) => id))

/** Reads the rows of these IDs in chunks, or all rows if there are too many IDs. */
async function someOf<Id, Row>(
  ids: readonly Id[],
  ask: (some: readonly Id[] | undefined) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  if (ids.length > ASKED) return await ask(undefined)
  const rows: Row[] = []
  for (const some of chunks(ids)) rows.push(...(await ask(some)))
  return rows
}

/**
 * Finds all groups that contain a group. Caches the result for each group, because many users are in the same
 * groups.
 */
class Ladder {
  readonly #above: ReadonlyMap<GroupId, readonly Held<GroupId>[]>
  readonly #states: States
  /** Whether everything above the direct groups of users is understood. */
  readonly #isUnderstood: boolean
  readonly #found = {
    live: new Map<GroupId, Set<GroupId>>(),
    all: new Map<GroupId, Set<GroupId>>(),
  }

  constructor(held: readonly Held<GroupId>[], states: States) {
    this.#above = Map.groupBy(held, ({ member }) => member)
    this.#states = states
    this.#isUnderstood =
      states.unreadable.size === 0 && held.every(({ isUnderstood }) => isUnderstood)
  }

  /** Returns the memberships of a user. Sorts the groups, so that equal memberships are equal values. */
  membershipsOf(direct: readonly Held<UserId>[]): Memberships {
    const { deleted } = this.#states
    const groups = new Set<GroupId>()
    // Without a deleted group, both are the same groups.
    const all = deleted.size === 0 ? groups : new Set<GroupId>()
    for (const { holder, isUnderstood } of direct) {
      if (!isUnderstood) continue
      if (!deleted.has(holder)) for (const group of this.#from(holder, 'live')) groups.add(group)
      if (all !== groups) for (const group of this.#from(holder, 'all')) all.add(group)
    }
    const unreadable = this.#unreadableFor(direct, all)
    return {
      groups: [...groups].sort(),
      formerGroups: [...all].filter(group => !groups.has(group)).sort(),
      ...(unreadable.length > 0 && { unreadable }),
    }
  }

  /**
   * Returns a group and all groups that contain it. `live` omits deleted groups, and groups that contain it only
   * through a deleted group.
   */
  #from(group: GroupId, which: 'live' | 'all'): ReadonlySet<GroupId> {
    const known = this.#found[which].get(group)
    if (known !== undefined) return known
    const reached = new Set([group])
    for (const id of reached)
      for (const { holder, isUnderstood } of this.#above.get(id) ?? [])
        if (isUnderstood && (which === 'all' || !this.#states.deleted.has(holder)))
          reached.add(holder)
    this.#found[which].set(group, reached)
    return reached
  }

  /** Returns the groups that are not understood among all groups of a user, and above them. */
  #unreadableFor(direct: readonly Held<UserId>[], all: ReadonlySet<GroupId>): readonly GroupId[] {
    if (this.#isUnderstood && direct.every(({ isUnderstood }) => isUnderstood)) return []
    const above = [...direct, ...[...all].flatMap(group => this.#above.get(group) ?? [])]
    const unclear = above.filter(({ isUnderstood }) => !isUnderstood)
    const states = [...all].filter(group => this.#states.unreadable.has(group))
    return [...new Set([...holdersIn(unclear), ...states])].sort()
  }
}
