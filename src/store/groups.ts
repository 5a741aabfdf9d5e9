/**
 * Reads of groups, in SQL.
 *
 * @module
 */

import type { Selectable } from 'kysely'
import { foldGroupName, type Group, type NamedGroup } from '../model/group.ts'
import { foldName, type GroupId, groupId, type OrganizationId, userId } from '../model/identity.ts'
import { by } from '../model/order.ts'
import { chunks } from './chunks.ts'
import type { KnownGroup } from './group-plan.ts'
import type { GroupMember } from './store.ts'
import type { Database, GroupMemberTable, GroupTable } from './tables.ts'
import { isMemberKind } from './unreadable-groups.ts'

export async function readGroup(
  db: Database,
  organization: OrganizationId,
  id: GroupId,
): Promise<Group | undefined> {
  const row = await liveRowsOf(db, organization).where('id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const members = await membersOf(db, organization).where('group_id', '=', id).execute()
  return groupOf(row, members)
}

/** Returns the groups ordered by folded name, independent of the database's collation. */
export async function readGroups(
  db: Database,
  organization: OrganizationId,
): Promise<readonly NamedGroup[]> {
  const rows = await liveRowsOf(db, organization).execute()
  return rows.sort(by(({ folded_name }) => folded_name)).map(namedOf)
}

/** Returns the groups with these IDs that are not deleted; unordered. */
export async function readGroupsById(
  db: Database,
  organization: OrganizationId,
  ids: readonly GroupId[],
): Promise<readonly NamedGroup[]> {
  const rows: Selectable<GroupTable>[] = []
  for (const some of chunks(ids))
    rows.push(...(await liveRowsOf(db, organization).where('id', 'in', some).execute()))
  return rows.map(namedOf)
}

/**
 * Returns the groups with this name or address. There can be two, because it can be the name of one and the address
 * of another.
 */
export async function readGroupsNamed(
  db: Database,
  organization: OrganizationId,
  name: string,
): Promise<readonly NamedGroup[]> {
  const rows = await liveRowsOf(db, organization)
    .where(({ or, eb }) =>
      or([eb('folded_name', '=', foldGroupName(name)), eb('folded_address', '=', foldName(name))]),
    )
    .execute()
  return rows.map(namedOf)
}

/** Returns the groups with this direct member, ordered by folded name. */
export async function readGroupsWith(
  db: Database,
  organization: OrganizationId,
  { kind, id }: GroupMember,
): Promise<readonly NamedGroup[]> {
  const rows = await liveRowsOf(db, organization)
    .where('id', 'in', query =>
      query
        .selectFrom('group_members')
        .select('group_id')
        .where('organization_id', '=', organization)
        .where('kind', '=', kind)
        .where('member_id', '=', id),
    )
    .execute()
  return rows.sort(by(({ folded_name }) => folded_name)).map(namedOf)
}

/** Returns all groups with their members, and the tombstones of deleted ones. */
export async function readKnownGroups(
  db: Database,
  organization: OrganizationId,
): Promise<readonly KnownGroup[]> {
  const rows = await rowsOf(db, organization).execute()
  const members = Map.groupBy(
    await membersOf(db, organization).execute(),
    ({ group_id }) => group_id,
  )
  return rows.map(row => {
    const all = members.get(row.id) ?? []
    const others = all.filter(({ kind }) => !isMemberKind(kind)).map(({ member_id }) => member_id)
    return {
      group: groupOf(row, all),
      deleted: row.deleted !== 0,
      ...(others.length > 0 && { others }),
    }
  })
}

export const rowsOf = (db: Database, organization: OrganizationId) =>
  db.selectFrom('groups').selectAll().where('organization_id', '=', organization)

const liveRowsOf = (db: Database, organization: OrganizationId) =>
  rowsOf(db, organization).where('deleted', '=', 0)

const membersOf = (db: Database, organization: OrganizationId) =>
  db.selectFrom('group_members').selectAll().where('organization_id', '=', organization)

export const namedOf = (row: Selectable<GroupTable>): NamedGroup => ({
  id: row.id,
  name: row.name,
  ...(row.primary_smtp_address !== null && { primarySmtpAddress: row.primary_smtp_address }),
})

function groupOf(
  row: Selectable<GroupTable>,
  members: readonly Selectable<GroupMemberTable>[],
): Group {
  const isUnderstood = members.every(({ kind }) => isMemberKind(kind))
  const idsOf = (of: GroupMember['kind']) =>
    members.flatMap(({ kind, member_id }) => (kind === of ? [member_id] : [])).sort()
  return {
    ...namedOf(row),
    users: idsOf('user').map(userId),
    groups: idsOf('group').map(groupId),
    ...(isUnderstood ? {} : { unreadable: true }),
  }
}
