/**
 * Migration 22: the latest checkpoint of each process's audit journal.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const checkpoints: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('audit_checkpoints')
      .addColumn('writer', 'text', column => column.primaryKey())
      .addColumn('segment', 'bigint', column => column.notNull())
      .addColumn('sequence', 'bigint', column => column.notNull())
      .addColumn('checkpoint', 'text', column => column.notNull())
      .addColumn('host', 'text', column => column.notNull())
      .addColumn('journal', 'text', column => column.notNull())
      .addColumn('expires_at', 'bigint', column => column.notNull())
      .execute()
    await schema
      .createIndex('audit_checkpoints_by_end')
      .on('audit_checkpoints')
      .column('expires_at')
      .execute()
  },
}
