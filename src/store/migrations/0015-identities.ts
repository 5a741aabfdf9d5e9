/**
 * Migration 15: external identities of principals.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const identities: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('identities')
      .addColumn('reference', 'text', column => column.primaryKey())
      .addColumn('organization_id', 'text', column =>
        column.notNull().references('organizations.id'),
      )
      .addColumn('principal_id', 'text', column => column.notNull())
      .addColumn('place', 'integer', column => column.notNull())
      .addColumn('identity', 'text', column => column.notNull())
      .execute()
    await schema
      .createIndex('identities_by_principal')
      .on('identities')
      .columns(['principal_id', 'place'])
      .execute()
  },
}
