/**
 * Migration 20: drafts that are attached to roles as shadows.
 *
 * A gateway of an earlier version keeps them, but doesn't evaluate them.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const shadow: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.alterTable('roles').addColumn('shadow', 'text').execute()
  },
}
