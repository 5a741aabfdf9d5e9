/**
 * Migration 11: the outbox, which holds audit records of changes until they are in an audit journal.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const outbox: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('outbox')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('claimed_at', 'bigint', column => column.notNull())
      .addColumn('record', 'text', column => column.notNull())
      .execute()
  },
}
