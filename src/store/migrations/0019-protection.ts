/**
 * Migration 19: protected mailboxes.
 *
 * A gateway of an earlier version doesn't know them. So protect mailboxes only when every gateway has this version.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const protection: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('protections')
      .addColumn('organization_id', 'text', column => column.primaryKey())
      .addColumn('content', 'text', column => column.notNull())
      .execute()
  },
}
