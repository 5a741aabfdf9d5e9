/**
 * Migrates a database to the schema of this version.
 *
 * @module
 */

import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from 'kysely/migration'
import { Failure } from '../../model/failure.ts'
import type { OnMigrated } from '../../model/migrated.ts'
import type { Database } from '../tables.ts'
import { tables } from './0001-tables.ts'
import { appliedMigrations } from './applied.ts'

const FIRST = '0001-tables'

/** All migrations. They run in the order of their names. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  [FIRST]: tables,
}

const UNRELEASED =
  'A version of ews-gateway before the first release made the tables, and no release can use them: ' +
  'set the configuration key store to a new file or database, or run that version'

/**
 * Runs the migrations that a database has not run yet.
 *
 * @param onMigrated - called if the database existed before
 * @throws Failure if this version cannot use the database
 */
export async function migrate(
  db: Database,
  onMigrated: OnMigrated = () => undefined,
): Promise<void> {
  const names = await verified(db)
  if (names.length === Object.keys(MIGRATIONS).length) return
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
  const startedAt = performance.now()
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error) throw error
  if (names.length === 0 || results.length === 0) return
  const migrations = results.map(({ migrationName }) => migrationName)
  const tookMs = Math.round(performance.now() - startedAt)
  onMigrated({ database: 'store', migrations, tookMs })
}

/**
 * Creates the tables of an earlier version in an empty database.
 *
 * @param name - the last migration of that version
 */
export async function migrateTo(db: Database, name: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
  const { error } = await migrator.migrateTo(name)
  if (error) throw error
}

/** Returns the name of the last migration that a database has run. */
export const lastMigration = async (db: Database): Promise<string> =>
  (await appliedMigrations(db, DEFAULT_MIGRATION_TABLE)).at(-1) ?? ''

/** Returns whether a database is a store. @throws Failure if this version cannot use it */
export const isStore = async (db: Database): Promise<boolean> => (await verified(db)).length > 0

/** Requires that a database has all migrations. @throws Failure if it lacks some */
export async function verifyMigrated(db: Database): Promise<void> {
  const names = await verified(db)
  if (names.length === Object.keys(MIGRATIONS).length) return
  throw new Failure(
    'policy-unavailable',
    'An earlier version of ews-gateway made the store: make a backup, and then start this version, ' +
      'which changes its tables',
  )
}

/**
 * Returns the names of the migrations that a database has run.
 *
 * @throws Failure if a later version has written it, or one before the first release
 */
async function verified(db: Database): Promise<readonly string[]> {
  const names = await appliedMigrations(db, DEFAULT_MIGRATION_TABLE)
  if (names.length > 0 && !names.includes(FIRST))
    throw new Failure('policy-unavailable', UNRELEASED)
  const later = names.filter(name => !Object.hasOwn(MIGRATIONS, name))
  if (later.length > 0)
    throw new Failure(
      'policy-unavailable',
      `A later version of ews-gateway has changed the store (${later.join(', ')}): ` +
        'run that version, or restore a backup from before',
    )
  return names
}
