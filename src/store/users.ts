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
import { present } from '../model/members.ts'
import { by } from '../model/order.ts'
import { isAliases } from '../model/policy-shapes.ts'
import { readJson } from '../model/read-json.ts'
import { NAME_SPACES, type NameSpace } from '../model/subject.ts'
import { chunks } from './chunks.ts'
import { principalNameLike } from './conflicts.ts'
import { readFormerNames } from './former-names.ts'
import { withMemberships } from './memberships.ts'
import type { StoredUser } from './name-owners.ts'
import { isInvalidText, namesOf } from './names.ts'
import type { UserName } from './plan.ts'
import type { UserDraft, UserStore } from './store.ts'
import { readFlag } from './stored-json.ts'
import type { Database, UserTable } from './tables.ts'

export async function readUser(
  db: Database,
  organization: OrganizationId,
  id: UserId,
): Promise<User | undefined> {
  const row = await rowsOf(db, organization)
    .where('id', '=', id)
    .where('deleted', '!=', 1)
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
    .select('user_names.former')
    .where('user_names.organization_id', '=', organization)
    .where('user_names.space', '=', space)
    .where('user_names.former', '!=', 1)
    .where('users.deleted', '!=', 1)

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
  const former = await readFormerNames(db, organization)
  return await storedUsersOf(db, organization, rows, former)
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
    const former = await readFormerNames(db, organization, some)
    known.push(...(await storedUsersOf(db, organization, rows, former)))
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
  row: UserRow,
): Promise<User> {
  const user = userOf(row)
  const [read = user] = await withMemberships(db, organization, [user])
  return read
}

async function storedUsersOf(
  db: Database,
  organization: OrganizationId,
  rows: readonly Selectable<UserTable>[],
  names: readonly UserName[],
): Promise<readonly StoredUser[]> {
  const former = Map.groupBy(names, ({ userId }) => userId)
  const users: StoredUser[] = []
  for (const row of rows) {
    const user = userOf(row)
    users.push({
      user: user.unreadable ? await withKnownAliases(db, organization, user) : user,
      deleted: row.deleted !== 0,
      former: former.get(row.id) ?? [],
    })
  }
  return users
}

/** Returns an unreadable user with the addresses that are reserved for it, so that a change can release them. */
async function withKnownAliases(
  db: Database,
  organization: OrganizationId,
  user: User,
): Promise<User> {
  const rows = await db
    .selectFrom('user_names')
    .select('name')
    .where('organization_id', '=', organization)
    .where('user_id', '=', user.id)
    .where('space', '=', 'address')
    .where('former', '=', 0)
    .execute()
  const primary = foldName(user.primarySmtpAddress)
  return { ...user, aliases: rows.map(({ name }) => name).filter(name => name !== primary) }
}

/** The row of a user. With `former`, it was found by a name, and says whether that is a former one. */
export type UserRow = Selectable<UserTable> & Readonly<{ former?: number }>

/**
 * Returns the user of a row. One that this version doesn't understand is disabled. It is not absent, because an
 * unknown address can be that of no mailbox.
 */
export function userOf({ former = 0, ...row }: UserRow): User {
  const aliases = readJson(row.aliases, isAliases)
  const enabled = readFlag(row.enabled)
  const states = [enabled, readFlag(row.deleted), readFlag(former)]
  const isUnderstood = aliases !== undefined && !states.includes(undefined)
  return present<Omit<User, 'memberOf'>>({
    id: row.id,
    primarySmtpAddress: row.primary_smtp_address,
    aliases: aliases ?? [],
    principalName: row.principal_name ?? undefined,
    sid: row.sid ?? undefined,
    displayName: row.display_name ?? undefined,
    enabled: isUnderstood && enabled === true,
    unreadable: isUnderstood ? undefined : true,
  })
}
