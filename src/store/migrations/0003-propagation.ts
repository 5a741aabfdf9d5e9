/**
 * Migration 3: propagation of changes. Subjects that each change invalidated, and running gateways.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const propagation: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('changes')
      .addColumn('organization_id', 'text', column =>
        column.notNull().references('organizations.id'),
      )
      .addColumn('version', 'bigint', column => column.notNull())
      .addColumn('subjects', 'text')
      .addColumn('changed_at', 'bigint', column => column.notNull())
      .addPrimaryKeyConstraint('changes_primary_key', ['organization_id', 'version'])
      .execute()
    await schema
      .createTable('gateways')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('host', 'text', column => column.notNull())
      .addColumn('version', 'text', column => column.notNull())
      .addColumn('started_at', 'bigint', column => column.notNull())
      .addColumn('seen_at', 'bigint', column => column.notNull())
      .execute()
  },
}
