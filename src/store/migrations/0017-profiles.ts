/**
 * Migration 17: profiles of roles, and the classes of folders that a subscription can watch.
 *
 * Existing roles have no profile. The classes of existing subscriptions are unknown, so a role that is limited to
 * classes gets no events of them.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const profiles: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema.alterTable('roles').addColumn('profile', 'text').execute()
    await schema.alterTable('subscriptions').addColumn('folder_classes', 'text').execute()
  },
}
