/**
 * Report of the migrations of a database that existed before.
 *
 * @module
 */

/** Migrations that a start ran, in their order, and the time that they took. */
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
