/**
 * Memberships in SQL: every group that a user is in, through whatever other groups.
 *
 * @module
 */

import type { GroupId, Memberships, OrganizationId, User, UserId } from '../model/identity.ts'
import { chunks } from './chunks.ts'
import type { Database } from './tables.ts'

type Reached = Readonly<{ user_id: UserId; group_id: GroupId; former: number }>

/** The users with the groups that they are in. */
export async function withMemberships(
  db: Database,
  organization: OrganizationId,
  users: readonly User[],
): Promise<readonly User[]> {
  const reached = new Map<UserId, Reached[]>()
  for (const some of chunks(users))
    for (const row of await readReached(
      db,
      organization,
      some.map(({ id }) => id),
    )) {
      const rows = reached.get(row.user_id)
      if (rows === undefined) reached.set(row.user_id, [row])
      else rows.push(row)
    }
  return users.map(user => {
    const rows = reached.get(user.id)
    return rows === undefined ? user : { ...user, memberOf: membershipsOf(rows) }
  })
}

/** Ordered, so that the same groups are always the same value. */
function membershipsOf(rows: readonly Reached[]): Memberships {
  const ids = (former: number) =>
    [...new Set(rows.filter(row => row.former === former).map(row => row.group_id))].sort()
  const groups = ids(0)
  return { groups, formerGroups: ids(1).filter(id => !groups.includes(id)) }
}

/**
 * One statement, so that it is what the store was at one moment. `union` drops what was reached
 * before, so that groups that contain one another end it.
 */
async function readReached(
  db: Database,
  organization: OrganizationId,
  users: readonly UserId[],
): Promise<readonly Reached[]> {
  return await db
    .withRecursive('reached(user_id, group_id, former)', cte =>
      cte
        .selectFrom('group_members as member')
        .innerJoin('groups as holder', join =>
          join
            .onRef('holder.organization_id', '=', 'member.organization_id')
            .onRef('holder.id', '=', 'member.group_id'),
        )
        .select(['member.member_id as user_id', 'member.group_id', 'holder.deleted as former'])
        .where('member.organization_id', '=', organization)
        .where('member.kind', '=', 'user')
        .where('member.member_id', 'in', users)
        .union(
          cte
            .selectFrom('reached')
            .innerJoin('group_members as member', join =>
              join
                .on('member.organization_id', '=', organization)
                .on('member.kind', '=', 'group')
                .onRef('member.member_id', '=', 'reached.group_id'),
            )
            .innerJoin('groups as holder', join =>
              join
                .onRef('holder.organization_id', '=', 'member.organization_id')
                .onRef('holder.id', '=', 'member.group_id'),
            )
            .select(({ case: either, ref }) => [
              'reached.user_id',
              'member.group_id',
              either()
                .when('reached.former', '=', 1)
                .then(1)
                .else(ref('holder.deleted'))
                .end()
                .as('former'),
            ]),
        ),
    )
    .selectFrom('reached')
    .selectAll()
    .$castTo<Reached>()
    .execute()
}
