/**
 * Migration 10: the other mailboxes that a subscription watches, and the time until which it counts as live.
 *
 * For existing subscriptions, the mailboxes are unknown, and they don't count as live.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const watchedMailboxes: Migration = {
  async up({ schema }: Kysely<unknown>) {
    const table = () => schema.alterTable('subscriptions')
    await table().addColumn('others', 'text').execute()
    for (const name of ['life_ms', 'live_until'])
      await table()
        .addColumn(name, 'bigint', column => column.notNull().defaultTo(0))
        .execute()
    await schema
      .createIndex('subscriptions_by_principal')
      .on('subscriptions')
      .columns(['organization_id', 'principal_id', 'live_until'])
      .execute()
  },
}
