/**
 * Opens the store on SQL: migrates the database, or verifies that it is migrated.
 *
 * @module
 */

import { makeEpoch } from './meta.ts'
import { guarded } from './methods.ts'
import { isStore, migrate, migrateTo, verifyMigrated } from './migrations/migrate.ts'
import { insertRows } from './restore.ts'
import { type SqlOptions, storeOf } from './sql-store.ts'
import type { Store, StoredRow } from './store.ts'
import type { Database } from './tables.ts'

/**
 * Migrates the database and opens it.
 *
 * @param now - returns the time in milliseconds
 * @throws Failure if the database can't be used
 */
export async function openSql(
  db: Database,
  now: () => number,
  options: SqlOptions,
): Promise<Store> {
  return await guarded(async () => {
    await migrate(options.migrating ?? db, options.onMigrated)
    await makeEpoch(db)
    return storeOf(db, now, options)
  })
}

/** Options for a store that must exist. */
export type Existing = Readonly<{
  /** Whether to migrate a store of an earlier version. If not, opening it fails, unless the next option is set. */
  migrates: boolean
  /** Whether to open a store of an earlier version without a migration. Only a backup can be made of it. */
  acceptsEarlier?: boolean
}>

/**
 * Opens a store, or returns undefined if the database has none.
 *
 * @throws Failure if the database cannot be used
 */
export async function openExistingSql(
  db: Database,
  now: () => number,
  options: SqlOptions,
  { migrates, acceptsEarlier = false }: Existing,
): Promise<Store | undefined> {
  return await guarded(async () => {
    if (!(await isStore(db))) return undefined
    if (migrates) await migrate(options.migrating ?? db)
    else if (!acceptsEarlier) await verifyMigrated(db)
    return storeOf(db, now, options)
  })
}

/**
 * Opens an empty database with the rows of a backup, migrated to the schema of this version.
 *
 * @param schema - last migration of the store of the backup
 * @throws Failure if rows don't fit the tables
 */
export async function openStagedSql(
  db: Database,
  options: SqlOptions,
  schema: string,
  rows: AsyncIterable<StoredRow>,
): Promise<Store> {
  return await guarded(async () => {
    await migrateTo(db, schema)
    await insertRows(db, rows)
    await migrate(db)
    await makeEpoch(db)
    return storeOf(db, Date.now, options)
  })
}
