/**
 * Migration 7: search terms of all existing users.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import { PostgresAdapter, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Database } from '../tables.ts'
import { addTermsOfAll } from '../term-rows.ts'

export const userTerms: Migration = {
  async up(db: Kysely<unknown>) {
    // Uses a collation by code points in PostgreSQL, so that all terms with a prefix form a range in the index.
    const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter
    const table = db.schema
      .createTable('user_terms')
      .addColumn('organization_id', 'text', column => column.notNull())
      .addColumn('term', isPostgres ? sql`text collate "C"` : 'text', column => column.notNull())
      .addColumn('user_id', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('user_terms_primary_key', ['organization_id', 'term', 'user_id'])
    await (isPostgres ? table : table.modifyEnd(sql`without rowid`)).execute()
    await addTermsOfAll(db as Database)
  },
}
