/**
 * Migration 9: the version from which tokens of a role are valid.
 *
 * Tokens from before this migration have another form, which is rejected, so 0 allows nothing more.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const tokenRevocations: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .alterTable('roles')
      .addColumn('tokens_valid_from', 'bigint', column => column.notNull().defaultTo(0))
      .execute()
  },
}
