/**
 * Migration 13: terms by which ListUsers finds users by the beginning of one field.
 *
 * Users that a gateway of an earlier version creates during an upgrade get theirs with their next change.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Database } from '../tables.ts'
import { addTermsOfAll } from '../term-rows.ts'
import { listedTermsOf } from '../terms.ts'

export const listedFields: Migration = {
  async up(db: Kysely<unknown>) {
    await addTermsOfAll(db as Database, listedTermsOf)
  },
}
