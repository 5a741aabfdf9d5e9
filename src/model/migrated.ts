/**
 * Report about the migrations of an existing database.
 *
 * @module
 */

/** Migrations that ran at startup, in order, and their duration. */
export type Migrated = Readonly<{
  database: 'store' | 'history'
  migrations: readonly string[]
  tookMs: number
}>

/** Receives a report. It is not called for a new database, or if there is nothing to migrate. */
export type OnMigrated = (migrated: Migrated) => void

/** Returns a report as a sentence, for a command. */
export const describeMigrated = ({ database, migrations, tookMs }: Migrated): string =>
  `Migrated the ${database} in ${tookMs} ms: ${migrations.join(', ')}`
