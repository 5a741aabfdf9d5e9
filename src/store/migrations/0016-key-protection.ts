/**
 * Migration 16: whether an access key requires extended protection at a sign-in by NTLM.
 *
 * Keys that a gateway of an earlier version creates during an upgrade don't require it.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const keyProtection: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .alterTable('access_keys')
      .addColumn('extended_protection', 'text', column => column.notNull().defaultTo('allow'))
      .execute()
  },
}
