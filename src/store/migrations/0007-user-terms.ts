/**
 * Migration 7: search terms of all existing users.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import { PostgresAdapter, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { OrganizationId, UserId } from '../../model/identity.ts'
import type { Database } from '../tables.ts'
import { addTerms } from '../term-rows.ts'

/** Number of users in one batch. */
const BATCH = 500

export const userTerms: Migration = {
  async up(db: Kysely<unknown>) {
    // Compares by code points, whatever the language of the database, so that a prefix is a range.
    const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter
    const table = db.schema
      .createTable('user_terms')
      .addColumn('organization_id', 'text', column => column.notNull())
      .addColumn('term', isPostgres ? sql`text collate "C"` : 'text', column => column.notNull())
      .addColumn('user_id', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('user_terms_primary_key', ['organization_id', 'term', 'user_id'])
    await (isPostgres ? table : table.modifyEnd(sql`without rowid`)).execute()

    const tables = db as Database
    const organizations = await tables.selectFrom('organizations').select('id').execute()
    for (const { id } of organizations) await fill(tables, id)
  },
}

async function fill(db: Database, organization: OrganizationId): Promise<void> {
  let after = '' as UserId
  for (;;) {
    const rows = await db
      .selectFrom('users')
      .select(['id', 'primary_smtp_address', 'aliases', 'principal_name', 'display_name'])
      .where('organization_id', '=', organization)
      .where('deleted', '=', 0)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return
    const users = rows.map(row => ({
      id: row.id,
      primarySmtpAddress: row.primary_smtp_address,
      aliases: JSON.parse(row.aliases) as string[],
      ...(row.principal_name !== null && { principalName: row.principal_name }),
      ...(row.display_name !== null && { displayName: row.display_name }),
    }))
    await addTerms(db, organization, users)
    after = last.id
  }
}
