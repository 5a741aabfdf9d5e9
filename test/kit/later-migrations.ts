/**
 * Migrations of a made-up later version, so that what this version has made is of an earlier one.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Test } from 'tap'
import { MIGRATIONS as HISTORY } from '../../src/history/migrations.ts'
import { MIGRATIONS as STORE } from '../../src/store/migrations/migrate.ts'

/** Name of the migrations. */
export const LATER = '9998-later'

/** Adds a column to a table of the store, and to one of the history, in this process until the end of a test. */
export function addLaterMigrations(t: Test): void {
  const addTo = (table: string) => (db: Kysely<unknown>) =>
    db.schema.alterTable(table).addColumn('later', 'text').execute()
  Object.assign(STORE, { [LATER]: { up: addTo('roles') } })
  Object.assign(HISTORY, { [LATER]: addTo('history_changes') })
  t.teardown(() => {
    for (const migrations of [STORE, HISTORY]) Reflect.deleteProperty(migrations, LATER)
  })
}
