/**
 * Migration 9: the version from which tokens of a role are valid.
 *
 * The initial value 0 is safe, because tokens from before this migration have another format, which is rejected.
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
