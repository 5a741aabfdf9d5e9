/**
 * Migration 14: console sessions of people who signed in at an OpenID Connect issuer.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const personSessions: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('person_sessions')
      .addColumn('id_hash', 'text', column => column.primaryKey())
      .addColumn('issuer', 'text', column => column.notNull())
      .addColumn('subject', 'text', column => column.notNull())
      .addColumn('display_name', 'text', column => column.notNull())
      .addColumn('grants', 'text', column => column.notNull())
      .addColumn('sealed_tokens', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('seen_at', 'bigint', column => column.notNull())
      .addColumn('checked_at', 'bigint', column => column.notNull())
      .addColumn('checking_until', 'bigint', column => column.notNull())
      .execute()
    await schema
      .createIndex('person_sessions_by_person')
      .on('person_sessions')
      .columns(['issuer', 'subject', 'created_at'])
      .execute()
  },
}
