/**
 * Migration 21: the master keys that each running gateway has.
 *
 * A gateway of an earlier version doesn't record them, so the master key can't be rotated while one runs.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const masterKeys: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.alterTable('gateways').addColumn('master_keys', 'text').execute()
  },
}
