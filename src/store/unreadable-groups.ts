/**
 * Groups that this version doesn't understand, in SQL: those with a member of another kind than users and groups, or
 * whose row doesn't say whether they are deleted.
 *
 * @module
 */

import type { SelectQueryBuilder } from 'kysely'
import type { GroupId, OrganizationId } from '../model/identity.ts'
import type { GroupMember } from './store.ts'
import type { Database, Tables } from './tables.ts'

/** Whether the kind of a member is known. */
export const isMemberKind = (kind: string): kind is GroupMember['kind'] =>
  kind === 'user' || kind === 'group'

/**
 * Returns the rows of a query whose members are of an unknown kind. They are three ranges, because a database finds each
 * of them in its index, but would read all members to compare their kinds.
 */
export const ofUnknownKind = <Row>(
  rows: SelectQueryBuilder<Tables, 'group_members', Row>,
): SelectQueryBuilder<Tables, 'group_members', Row> =>
  rows
    .where('kind', '<', 'group')
    .unionAll(rows.where('kind', '>', 'group').where('kind', '<', 'user'))
    .unionAll(rows.where('kind', '>', 'user'))

/** Whether an organization has a group that is not understood. */
export async function hasUnreadableGroups(
  db: Database,
  organization: OrganizationId,
): Promise<boolean> {
  const row = await unreadableIn(db, organization).limit(1).executeTakeFirst()
  return row !== undefined
}

/** Returns the groups of an organization that are not understood. */
export async function readUnreadableGroups(
  db: Database,
  organization: OrganizationId,
): Promise<readonly GroupId[]> {
  const rows = await unreadableIn(db, organization).execute()
  return [...new Set(rows.map(({ id }) => id))]
}

const unreadableIn = (db: Database, organization: OrganizationId) =>
  ofUnknownKind(
    db
      .selectFrom('group_members')
      .select('group_id as id')
      .where('organization_id', '=', organization),
  ).unionAll(
    db
      .selectFrom('groups')
      .select('id')
      .where('organization_id', '=', organization)
      .where('deleted', 'not in', [0, 1]),
  )
