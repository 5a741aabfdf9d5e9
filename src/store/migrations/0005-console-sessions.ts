/**
 * Migration 5: sessions of the console.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const consoleSessions: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('console_sessions')
      .addColumn('id_hash', 'text', column => column.primaryKey())
      .addColumn('access_key_id', 'text', column => column.notNull())
      .addColumn('policy_hash', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('seen_at', 'bigint', column => column.notNull())
      .execute()
    await schema
      .createIndex('console_sessions_by_key')
      .on('console_sessions')
      .columns(['access_key_id', 'created_at'])
      .execute()
  },
}
