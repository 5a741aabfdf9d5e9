/**
 * Migration 4: owners of the upstream's subscriptions.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const subscriptions: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('subscriptions')
      .addColumn('organization_id', 'text', column => column.notNull())
      .addColumn('id_hash', 'text', column => column.notNull())
      .addColumn('user_id', 'text', column => column.notNull())
      .addColumn('role_id', 'text', column => column.notNull())
      .addColumn('principal_id', 'text', column => column.notNull())
      .addColumn('expires_at', 'bigint', column => column.notNull())
      .addPrimaryKeyConstraint('subscriptions_primary_key', ['organization_id', 'id_hash'])
      .execute()
    await schema
      .createIndex('subscriptions_by_expiry')
      .on('subscriptions')
      .column('expires_at')
      .execute()
  },
}
