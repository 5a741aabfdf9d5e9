/**
 * Reads of users, in SQL.
 *
 * @module
 */

import { type Selectable, sql } from 'kysely'
import {
  type ConnectingSidKind,
  foldName,
  type OrganizationId,
  type User,
  type UserId,
  userId,
} from '../model/identity.ts'
import { NAME_SPACES, type NameSpace } from '../model/subject.ts'
import { chunks } from './chunks.ts'
import { principalNameLike } from './conflicts.ts'
import { readFormerNames } from './former-names.ts'
import { withMemberships } from './memberships.ts'
import type { StoredUser } from './name-owners.ts'
import { isInvalidText, namesOf } from './names.ts'
import { by } from './order.ts'
import type { UserName } from './plan.ts'
import type { UserDraft, UserStore } from './store.ts'
import type { Database, UserTable } from './tables.ts'

export async function readUser(
  db: Database,
  organization: OrganizationId,
  id: UserId,
): Promise<User | undefined> {
  const row = await rowsOf(db, organization)
    .where('id', '=', id)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  return row && (await withMembership(db, organization, row))
}

/** Finds a user with one lookup in the primary keys of names and users. */
export async function readUserByName(
  db: Database,
  organization: OrganizationId,
  kind: ConnectingSidKind,
  name: string,
): Promise<User | undefined> {
  if (isInvalidText(name)) return undefined
  const row = await namedRowsOf(db, organization, NAME_SPACES[kind])
    .where('user_names.name', '=', foldName(name))
    .executeTakeFirst()
  return row && (await withMembership(db, organization, row))
}

/** Returns a query for rows of users with their names of this name space. */
export const namedRowsOf = (db: Database, organization: OrganizationId, space: NameSpace) =>
  db
    .selectFrom('user_names')
    .innerJoin('users', join =>
      join
        .onRef('users.organization_id', '=', 'user_names.organization_id')
        .onRef('users.id', '=', 'user_names.user_id'),
    )
    .selectAll('users')
    .where('user_names.organization_id', '=', organization)
    .where('user_names.space', '=', space)
    .where('user_names.former', '=', 0)
    .where('users.deleted', '=', 0)

/** Returns the users ordered by folded primary address, independent of the database's collation. */
export async function readUsers(
  db: Database,
  organization: OrganizationId,
): Promise<readonly User[]> {
  const rows = await rowsOf(db, organization).where('deleted', '=', 0).execute()
  const users = rows.map(userOf).sort(by(({ primarySmtpAddress }) => foldName(primarySmtpAddress)))
  return await withMemberships(db, organization, users)
}

/** Selects the IDs of disabled users. The literals let the database use the index of these users. */
export const disabledIn = (db: Database, organization: OrganizationId) =>
  db
    .selectFrom('users')
    .select('id')
    .where('organization_id', '=', organization)
    .where('enabled', '=', sql.lit(0))
    .where('deleted', '=', sql.lit(0))

/** Returns a page ordered by ID. Uses the order of the database, because only a stable order matters. */
export async function readUsersPage(
  db: Database,
  organization: OrganizationId,
  { after, limit, enabled, groups }: Parameters<UserStore['usersPage']>[1],
): Promise<readonly User[]> {
  const rows = await rowsOf(db, organization)
    .where('deleted', '=', sql.lit(0))
    .where('id', '>', after ?? userId(''))
    .$if(enabled !== undefined, query =>
      query.where('enabled', '=', enabled ? sql.lit(1) : sql.lit(0)),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
  return await withMemberships(db, organization, rows.map(userOf), groups)
}

/** Returns all users, and the tombstones of deleted ones. */
export async function readStoredUsers(
  db: Database,
  organization: OrganizationId,
): Promise<readonly StoredUser[]> {
  const rows = await rowsOf(db, organization).execute()
  return withFormerNames(rows, await readFormerNames(db, organization))
}

/** Returns the users that a draft could match or conflict with: those with its ID or one of its names. */
export async function readUsersMatching(
  db: Database,
  organization: OrganizationId,
  draft: UserDraft,
): Promise<readonly StoredUser[]> {
  const ids = new Set([draft.id, draft.ownId].filter(id => id !== undefined))
  const wanted = namesOf(draft).flatMap(name => [name, principalNameLike(name) ?? name])
  for (const [space, names] of Map.groupBy(wanted, ({ space }) => space))
    for (const some of chunks(names)) {
      const owners = await db
        .selectFrom('user_names')
        .select('user_id')
        .where('organization_id', '=', organization)
        .where('space', '=', space)
        .where(
          'name',
          'in',
          some.map(({ name }) => name),
        )
        .execute()
      for (const { user_id } of owners) ids.add(user_id)
    }

  return await readStoredUsersById(db, organization, [...ids])
}

export async function readStoredUsersById(
  db: Database,
  organization: OrganizationId,
  ids: readonly UserId[],
): Promise<readonly StoredUser[]> {
  const known: StoredUser[] = []
  for (const some of chunks(ids)) {
    const rows = await rowsOf(db, organization).where('id', 'in', some).execute()
    known.push(...withFormerNames(rows, await readFormerNames(db, organization, some)))
  }
  return known
}

export const rowsOf = (db: Database, organization: OrganizationId) =>
  db.selectFrom('users').selectAll().where('organization_id', '=', organization)

/**
 * Adds the memberships to a user. Reading them after the row is safe, because a change in between invalidates the
 * user.
 */
async function withMembership(
  db: Database,
  organization: OrganizationId,
  row: Selectable<UserTable>,
): Promise<User> {
  const user = userOf(row)
  const [read = user] = await withMemberships(db, organization, [user])
  return read
}

function withFormerNames(
  rows: readonly Selectable<UserTable>[],
  names: readonly UserName[],
): readonly StoredUser[] {
  const former = Map.groupBy(names, ({ userId }) => userId)
  return rows.map(row => ({
    user: userOf(row),
    deleted: row.deleted !== 0,
    former: former.get(row.id) ?? [],
  }))
}

export const userOf = (row: Selectable<UserTable>): User => ({
  id: row.id,
  primarySmtpAddress: row.primary_smtp_address,
  aliases: JSON.parse(row.aliases) as readonly string[],
  ...(row.principal_name !== null && { principalName: row.principal_name }),
  ...(row.sid !== null && { sid: row.sid }),
  ...(row.display_name !== null && { displayName: row.display_name }),
  enabled: row.enabled !== 0,
})
