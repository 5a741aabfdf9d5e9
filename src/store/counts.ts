/**
 * Numbers of roles, users, and principals of an organization, in SQL.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import { countRoles } from './roles.ts'
import type { Counts } from './store.ts'
import type { Database } from './tables.ts'

export async function readCounts(db: Database, organization: OrganizationId): Promise<Counts> {
  const { principals } = await db
    .selectFrom('principals')
    .select(({ fn }) => fn.countAll().as('principals'))
    .where('organization_id', '=', organization)
    .executeTakeFirstOrThrow()
  return {
    roles: await countRoles(db, organization),
    users: await countUsers(db, organization),
    principals: Number(principals),
  }
}

/** Returns the number of users who are not deleted. */
export async function countUsers(db: Database, organization: OrganizationId): Promise<number> {
  const { users } = await db
    .selectFrom('users')
    .select(({ fn }) => fn.countAll().as('users'))
    .where('organization_id', '=', organization)
    .where('deleted', '=', 0)
    .executeTakeFirstOrThrow()
  return Number(users)
}
