/**
 * Migration 8: former names, which stay reserved for a user who was renamed or deleted.
 *
 * @module
 */

import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const formerNames: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('user_names')
      .addColumn('former', 'integer', column => column.notNull().defaultTo(0))
      .execute()
    await sql`update user_names set former = 1 where exists (
      select 1 from users
      where users.organization_id = user_names.organization_id
        and users.id = user_names.user_id and users.deleted = 1)`.execute(db)
    // Creates an index of former names only, because an import reads all of them, and they are few.
    await sql`create index user_names_former on user_names (organization_id, user_id)
      where former = 1`.execute(db)
  },
}
