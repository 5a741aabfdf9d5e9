/**
 * Memberships in SQL: every group that contains a user, directly or through nested groups. Read in several steps.
 * That is safe, because a change in between invalidates the users that it affects.
 *
 * @module
 */

import type { GroupId, Memberships, OrganizationId, User, UserId } from '../model/identity.ts'
import { chunks } from './chunks.ts'
import type { Database } from './tables.ts'

/** Number of users or groups in a query above which all rows are read. */
const ASKED = 2_000

/** A user or group, and a group that contains it. */
type Held<Id> = Readonly<{ member: Id; holder: GroupId }>

/** Returns the users with their groups. @param only - if given, memberships in other groups can be missing */
export async function withMemberships(
  db: Database,
  organization: OrganizationId,
  users: readonly User[],
  only?: readonly GroupId[],
): Promise<readonly User[]> {
  if (only?.length === 0) return users
  const below = only && (await readBelow(db, organization, only))
  const ids = users.map(({ id }) => id)
  const direct = await readHolders<UserId>(db, organization, 'user', ids, below)
  if (direct.length === 0) return users
  const above = await readAbove(db, organization, holdersIn(direct))
  const deleted = await readDeleted(db, organization, holdersIn([...direct, ...above]))
  const ladder = new Ladder(above, deleted)
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
  kind: 'user' | 'group',
  members: readonly Id[],
  holders?: readonly GroupId[],
): Promise<readonly Held<Id>[]> {
  const all = db
    .selectFrom('group_members')
    .select(['member_id', 'group_id'])
    .where('organization_id', '=', organization)
    .where('kind', '=', kind)
    .$if(holders !== undefined, query => query.where('group_id', 'in', holders ?? []))
  const rows = await someOf(members, some =>
    (some ? all.where('member_id', 'in', some) : all).execute(),
  )
  return rows.map(row => ({ member: row.member_id as Id, holder: row.group_id }))
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
      .where('kind', '=', 'group')
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

async function readDeleted(
  db: Database,
  organization: OrganizationId,
  groups: readonly GroupId[],
): Promise<ReadonlySet<GroupId>> {
  const all = db
    .selectFrom('groups')
    .select('id')
    .where('organization_id', '=', organization)
    .where('deleted', '=', 1)
  const rows = await someOf(groups, some => (some ? all.where('id', 'in', some) : all).execute())
  return new Set(rows.map(({ id }) => id))
}

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
  readonly #found = {
    live: new Map<GroupId, Set<GroupId>>(),
    all: new Map<GroupId, Set<GroupId>>(),
  }

  readonly #deleted: ReadonlySet<GroupId>

  constructor(held: readonly Held<GroupId>[], deleted: ReadonlySet<GroupId>) {
    this.#above = Map.groupBy(held, ({ member }) => member)
    this.#deleted = deleted
  }

  /** Returns the memberships of a user. Sorts the groups, so that equal memberships are equal values. */
  membershipsOf(direct: readonly Held<UserId>[]): Memberships {
    const groups = new Set<GroupId>()
    const former = new Set<GroupId>()
    for (const { holder } of direct) {
      if (!this.#deleted.has(holder))
        for (const group of this.#from(holder, 'live')) groups.add(group)
      // Without a deleted group, both are the same groups.
      if (this.#deleted.size > 0) for (const group of this.#from(holder, 'all')) former.add(group)
    }
    return {
      groups: [...groups].sort(),
      formerGroups: [...former].filter(group => !groups.has(group)).sort(),
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
      for (const { holder } of this.#above.get(id) ?? [])
        if (which === 'all' || !this.#deleted.has(holder)) reached.add(holder)
    this.#found[which].set(group, reached)
    return reached
  }
}
