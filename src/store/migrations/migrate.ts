/**
 * Migrates a database to the schema of this version.
 *
 * @module
 */

import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from 'kysely/migration'
import { Failure } from '../../model/failure.ts'
import type { OnMigrated } from '../../model/migrated.ts'
import type { Database } from '../tables.ts'
import { initial } from './0001-initial.ts'
import { control } from './0002-control.ts'
import { propagation } from './0003-propagation.ts'
import { subscriptions } from './0004-subscriptions.ts'
import { consoleSessions } from './0005-console-sessions.ts'
import { groups } from './0006-groups.ts'
import { userTerms } from './0007-user-terms.ts'
import { formerNames } from './0008-former-names.ts'
import { tokenRevocations } from './0009-token-revocations.ts'
import { watchedMailboxes } from './0010-watched-mailboxes.ts'
import { outbox } from './0011-outbox.ts'
import { principalNames } from './0012-principal-names.ts'
import { listedFields } from './0013-listed-fields.ts'
import { personSessions } from './0014-person-sessions.ts'
import { identities } from './0015-identities.ts'
import { keyProtection } from './0016-key-protection.ts'
import { profiles } from './0017-profiles.ts'
import { periods } from './0018-periods.ts'
import { protection } from './0019-protection.ts'
import { shadow } from './0020-shadow.ts'
import { masterKeys } from './0021-master-keys.ts'
import { checkpoints } from './0022-checkpoints.ts'

/** All migrations. They run in the order of their names. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-control': control,
  '0003-propagation': propagation,
  '0004-subscriptions': subscriptions,
  '0005-console-sessions': consoleSessions,
  '0006-groups': groups,
  '0007-user-terms': userTerms,
  '0008-former-names': formerNames,
  '0009-token-revocations': tokenRevocations,
  '0010-watched-mailboxes': watchedMailboxes,
  '0011-outbox': outbox,
  '0012-principal-names': principalNames,
  '0013-listed-fields': listedFields,
  '0014-person-sessions': personSessions,
  '0015-identities': identities,
  '0016-key-protection': keyProtection,
  '0017-profiles': profiles,
  '0018-periods': periods,
  '0019-protection': protection,
  '0020-shadow': shadow,
  '0021-master-keys': masterKeys,
  '0022-checkpoints': checkpoints,
}

/**
 * Runs the migrations that a database has not run yet.
 *
 * @param onMigrated - called if the database existed before
 * @throws Failure if a later version has written the database
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
  (await applied(db)).at(-1) ?? ''

/** Returns whether a database is a store. @throws Failure if a later version has written it */
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

/** Returns the names of the migrations that a database has run. @throws Failure if a later version has written it */
async function verified(db: Database): Promise<readonly string[]> {
  const names = await applied(db)
  const later = names.filter(name => !Object.hasOwn(MIGRATIONS, name))
  if (later.length > 0)
    throw new Failure(
      'policy-unavailable',
      `A later version of ews-gateway has changed the store (${later.join(', ')}): ` +
        'run that version, or restore a backup from before',
    )
  return names
}

async function applied(db: Database): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return []

  const rows = await db
    .withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
    .selectFrom(DEFAULT_MIGRATION_TABLE)
    .select('name')
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}
