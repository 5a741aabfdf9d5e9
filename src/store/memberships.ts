/**
 * Memberships in SQL: every group that a user is in, through whatever other groups.
 *
 * Read in two steps, and what changes between them makes void whoever it concerns.
 *
 * @module
 */

import type { GroupId, Memberships, OrganizationId, User, UserId } from '../model/identity.ts'
import type { Database } from './tables.ts'

/** So many users or groups are asked for by their ids; of more, all are read. */
const ASKED = 200

/** A member, a user or a group, and a group that has it. */
type Held<Id> = Readonly<{ member: Id; holder: GroupId; deleted: boolean }>

/** The users with the groups that they are in. */
export async function withMemberships(
  db: Database,
  organization: OrganizationId,
  users: readonly User[],
): Promise<readonly User[]> {
  const direct = await readDirect(db, organization, users)
  if (direct.length === 0) return users
  const groups = [...new Set(direct.map(({ holder }) => holder))]
  const ladder = new Ladder(await readAbove(db, organization, groups))
  const byUser = Map.groupBy(direct, ({ member }) => member)
  return users.map(user => {
    const held = byUser.get(user.id)
    return held === undefined ? user : { ...user, memberOf: ladder.membershipsOf(held) }
  })
}

async function readDirect(
  db: Database,
  organization: OrganizationId,
  users: readonly User[],
): Promise<readonly Held<UserId>[]> {
  const all = holders(db, organization, 'user')
  const ids = users.map(({ id }) => id)
  const rows = await (ids.length > ASKED ? all : all.where('member_id', 'in', ids)).execute()
  return rows.map(row => heldOf<UserId>(row))
}

/** What holds these groups, and what holds that, and so on. `union` ends groups in a circle. */
async function readAbove(
  db: Database,
  organization: OrganizationId,
  groups: readonly GroupId[],
): Promise<readonly Held<GroupId>[]> {
  if (groups.length > ASKED)
    return (await holders(db, organization, 'group').execute()).map(row => heldOf<GroupId>(row))
  const rows = await db
    .withRecursive('above(member_id, group_id, deleted)', cte =>
      holders(db, organization, 'group')
        .where('member_id', 'in', groups)
        .union(
          cte
            .selectFrom('above')
            .innerJoin('group_members as member', join =>
              join
                .on('member.organization_id', '=', organization)
                .on('member.kind', '=', 'group')
                .onRef('member.member_id', '=', 'above.group_id'),
            )
            .innerJoin('groups as holder', join =>
              join
                .onRef('holder.organization_id', '=', 'member.organization_id')
                .onRef('holder.id', '=', 'member.group_id'),
            )
            .select(['member.member_id', 'member.group_id', 'holder.deleted']),
        ),
    )
    .selectFrom('above')
    .selectAll()
    .execute()
  return rows.map(row => heldOf<GroupId>(row))
}

const holders = (db: Database, organization: OrganizationId, kind: 'user' | 'group') =>
  db
    .selectFrom('group_members as member')
    .innerJoin('groups as holder', join =>
      join
        .onRef('holder.organization_id', '=', 'member.organization_id')
        .onRef('holder.id', '=', 'member.group_id'),
    )
    .select(['member.member_id', 'member.group_id', 'holder.deleted'])
    .where('member.organization_id', '=', organization)
    .where('member.kind', '=', kind)

const heldOf = <Id extends string>(
  row: Readonly<{ member_id: string; group_id: GroupId; deleted: number }>,
): Held<Id> => ({
  member: row.member_id as Id,
  holder: row.group_id,
  deleted: row.deleted !== 0,
})

/** Groups above groups, each found once for everybody in it. */
class Ladder {
  readonly #above: ReadonlyMap<GroupId, readonly Held<GroupId>[]>
  readonly #found = {
    live: new Map<GroupId, Set<GroupId>>(),
    all: new Map<GroupId, Set<GroupId>>(),
  }

  constructor(held: readonly Held<GroupId>[]) {
    this.#above = Map.groupBy(held, ({ member }) => member)
  }

  /** Ordered, so that the same groups are always the same value. */
  membershipsOf(direct: readonly Held<UserId>[]): Memberships {
    const groups = new Set<GroupId>()
    const former = new Set<GroupId>()
    for (const { holder, deleted } of direct) {
      if (!deleted) for (const group of this.#from(holder, 'live')) groups.add(group)
      for (const group of this.#from(holder, 'all')) former.add(group)
    }
    return {
      groups: [...groups].sort(),
      formerGroups: [...former].filter(group => !groups.has(group)).sort(),
    }
  }

  /** A group and those above it; `live`: but for the deleted ones, and what only they lead to. */
  #from(group: GroupId, which: 'live' | 'all'): ReadonlySet<GroupId> {
    const known = this.#found[which].get(group)
    if (known !== undefined) return known
    const reached = new Set([group])
    for (const id of reached)
      for (const { holder, deleted } of this.#above.get(id) ?? [])
        if (which === 'all' || !deleted) reached.add(holder)
    this.#found[which].set(group, reached)
    return reached
  }
}
