/**
 * Policy versions: every change of an organization raises its version, in one transaction.
 *
 * @module
 */

import { sql, type Transaction } from 'kysely'
import type { OrganizationId } from '../model/identity.ts'
import type { Database, Tables } from './tables.ts'

export type Change = Transaction<Tables>

/**
 * Runs a change of an organization: all or nothing, and one at a time, so that what the change
 * reads still holds when it writes.
 */
export async function changeOrganization<T>(
  db: Database,
  organization: OrganizationId,
  change: (transaction: Change) => Promise<T>,
): Promise<T> {
  return await db.transaction().execute(async transaction => {
    await lockOrganization(transaction, organization)
    return await change(transaction)
  })
}

/** Raises the version and gives the new one; a change that changes nothing leaves it out. */
export async function raiseVersion(
  transaction: Change,
  organization: OrganizationId,
): Promise<number> {
  const { policy_version } = await transaction
    .updateTable('organizations')
    .set({ policy_version: sql<number>`policy_version + 1` })
    .where('id', '=', organization)
    .returning('policy_version')
    .executeTakeFirstOrThrow()
  return Number(policy_version)
}

/** The version of the last change; 0 before the first. */
export async function policyVersion(db: Database, organization: OrganizationId): Promise<number> {
  const row = await db
    .selectFrom('organizations')
    .select('policy_version')
    .where('id', '=', organization)
    .executeTakeFirst()
  return Number(row?.policy_version ?? 0)
}

/**
 * Makes the organization's row, or writes it as it is. A transaction that begins with a write has
 * its lock before it reads: PostgreSQL locks the row, SQLite the file, and no snapshot grows old.
 */
async function lockOrganization(transaction: Change, organization: OrganizationId) {
  await transaction
    .insertInto('organizations')
    .values({ id: organization, policy_version: 0 })
    .onConflict(conflict =>
      conflict
        .column('id')
        .doUpdateSet(row => ({ policy_version: row.ref('organizations.policy_version') })),
    )
    .execute()
}
