/**
 * Migration 13: terms by which ListUsers finds users by the beginning of one field, and an index of disabled users.
 *
 * Users that a gateway of an earlier version creates during an upgrade get theirs with their next change.
 *
 * @module
 */

import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Database } from '../tables.ts'
import { addTermsOfAll } from '../term-rows.ts'
import { listedTermsOf } from '../terms.ts'

export const listedFields: Migration = {
  async up(db: Kysely<unknown>) {
    await addTermsOfAll(db as Database, listedTermsOf)
    await sql`create index users_disabled on users (organization_id, id)
      where enabled = 0 and deleted = 0`.execute(db)
  },
}
