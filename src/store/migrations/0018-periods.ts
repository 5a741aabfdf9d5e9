/**
 * Migration 18: periods of roles, principals, and access keys. Those of rules are in the JSON of the rules.
 *
 * A gateway of an earlier version that runs during an upgrade keeps the periods, but ignores them.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const periods: Migration = {
  async up({ schema }: Kysely<unknown>) {
    for (const table of ['roles', 'principals'])
      for (const column of ['not_before', 'not_after'])
        await schema.alterTable(table).addColumn(column, 'bigint').execute()
    await schema.alterTable('access_keys').addColumn('not_before', 'bigint').execute()
  },
}
