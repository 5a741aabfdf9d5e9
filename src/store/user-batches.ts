/**
 * Reads of many users at once by name or ID, in SQL.
 *
 * @module
 */

import { foldName, type OrganizationId, type User, type UserId } from '../model/identity.ts'
import type { NameSpace } from '../model/subject.ts'
import { chunks } from './chunks.ts'
import { withMemberships } from './memberships.ts'
import { isInvalidText } from './names.ts'
import type { Database } from './tables.ts'
import { namedRowsOf, rowsOf, type UserRow, userOf } from './users.ts'

/** Returns the user of each name, with groups. Reads 200 users per query. */
export async function readUsersByName(
  db: Database,
  organization: OrganizationId,
  space: NameSpace,
  written: readonly string[],
): Promise<readonly (User | undefined)[]> {
  const names = written.map(foldName)
  const idOf = new Map<string, UserId>()
  const rows: UserRow[] = []
  for (const some of chunks([...new Set(names)].filter(name => !isInvalidText(name)))) {
    const found = await namedRowsOf(db, organization, space)
      .select('user_names.name as found_by')
      .where('user_names.name', 'in', some)
      .execute()
    for (const { found_by, id } of found) idOf.set(found_by, id)
    rows.push(...found)
  }
  const byId = await usersIn(db, organization, rows)
  return names.map(name => byId.get(idOf.get(name)))
}

/** Returns the user of each ID, with groups. Reads 200 users per query. */
export async function readUsersById(
  db: Database,
  organization: OrganizationId,
  ids: readonly UserId[],
): Promise<readonly (User | undefined)[]> {
  const rows: UserRow[] = []
  for (const some of chunks([...new Set(ids)]))
    rows.push(
      ...(await rowsOf(db, organization)
        .where('id', 'in', some)
        .where('deleted', '!=', 1)
        .execute()),
    )
  const byId = await usersIn(db, organization, rows)
  return ids.map(id => byId.get(id))
}

/** Returns the users of rows by ID. Reads the groups after the rows, as for a single user. */
async function usersIn(
  db: Database,
  organization: OrganizationId,
  rows: readonly UserRow[],
): Promise<ReadonlyMap<UserId | undefined, User>> {
  const users = new Map(rows.map(row => [row.id, userOf(row)]))
  if (users.size === 0) return users
  const read = await withMemberships(db, organization, [...users.values()])
  return new Map(read.map(user => [user.id, user]))
}
