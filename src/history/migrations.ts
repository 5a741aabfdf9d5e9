/**
 * Creates the tables of the history.
 *
 * @module
 */

import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { OnMigrated } from '../model/migrated.ts'
import { appliedMigrations } from '../store/migrations/applied.ts'
import { COARSE, type TriggersOf } from './coarse-rollups.ts'
import { MEASURED, STORED } from './request-rows.ts'
import type { Database } from './tables.ts'

/** Properties in which the databases differ. */
export type Dialect = Readonly<{
  /** Type of a decision ID, which must sort by its bytes. */
  idType: 'text' | 'uuid'
  /** Clause that stores a table in the order of its primary key. */
  inKeyOrder: string
  /** Whether indexes contain all columns that a query needs. */
  covering: boolean
  /** Returns statements that create triggers, which keep the coarse rollups. */
  triggersOf: TriggersOf
}>

const MIGRATION_TABLE = 'history_migration'
const FIRST = '0001-tables'

const UNRELEASED =
  'A version of ews-gateway before the first release made the tables history_*, and no release can use them: ' +
  'remove them (with SQLite, the file), so that the gateway fills new ones from the audit journal, or run that version'

/** All migrations. They run in the order of their names. */
export const MIGRATIONS: Readonly<
  Record<string, (db: Kysely<unknown>, dialect: Dialect) => Promise<void>>
> = {
  [FIRST]: createTables,
}

/**
 * Creates missing tables. Several processes can call it concurrently.
 *
 * @param onMigrated - called if the database existed before
 * @throws Error if another version has created the tables that this one cannot use, or the database cannot be used
 */
export async function migrateHistory(
  db: Database,
  dialect: Dialect,
  onMigrated: OnMigrated = () => undefined,
): Promise<void> {
  const migrations: Record<string, Migration> = Object.fromEntries(
    Object.entries(MIGRATIONS).map(([name, up]) => [name, { up: db => up(db, dialect) }]),
  )
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: 'history_migration_lock',
  })
  const applied = await appliedMigrations(db, MIGRATION_TABLE)
  if (applied.length > 0 && !applied.includes(FIRST)) throw new Error(UNRELEASED)
  const startedAt = performance.now()
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error) throw error
  if (applied.length === 0 || results.length === 0) return
  const names = results.map(({ migrationName }) => migrationName)
  const tookMs = Math.round(performance.now() - startedAt)
  onMigrated({ database: 'history', migrations: names, tookMs })
}

async function createTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createRollups(db, dialect)
  await createDecisions(db, dialect)
  await createChanges(db, dialect)
  await db.schema
    .createTable('history_positions')
    .addColumn('writer', 'text', key)
    .addColumn('segment', 'bigint', needed)
    .addColumn('sequence', 'bigint', needed)
    .addColumn('byte_offset', 'bigint', needed)
    .execute()
}

/** Creates the series, their rollups per hour, and coarse rollups, which triggers derive from those per hour. */
async function createRollups(
  db: Kysely<unknown>,
  { inKeyOrder, covering, triggersOf }: Dialect,
): Promise<void> {
  const { schema } = db
  await schema
    .createTable('history_series')
    .addColumn('id', 'bigint', key)
    .addColumn('organization_id', 'text', needed)
    .addColumn('role_id', 'text', needed)
    .addColumn('role_name', 'text', needed)
    .addColumn('principal_id', 'text', needed)
    .addColumn('user_id', 'text', needed)
    .addColumn('mailbox', 'text', needed)
    .addColumn('operation', 'text', needed)
    .addColumn('verdict', 'text', needed)
    .addColumn('reason', 'text', needed)
    .addColumn('outcome', 'text', needed)
    .addColumn('cause', 'text', needed)
    .addColumn('rule', 'text', needed)
    .addColumn('rule_name', 'text', needed)
    .addColumn('shadow_version', 'text', needed)
    .addColumn('shadow', 'text', needed)
    .addColumn('shadow_reason', 'text', needed)
    .addColumn('last_at', 'bigint', needed)
    .execute()
  // Has the outcome and the ID, so that series without a difference are not read one by one.
  await sql`create index history_series_by_shadow
    on history_series (organization_id, role_id, shadow_version, shadow, id)
    where shadow <> ''`.execute(db)

  const summed = ['series_id', 'requests', 'items', 'bytes', 'singles', 'last_at']
  for (const hourly of ['history_sums', 'history_totals'] as const) {
    await schema
      .createTable(hourly)
      .addColumn('series_id', 'bigint', needed)
      .addColumn('hour', 'bigint', needed)
      .addColumn('requests', 'bigint', needed)
      .addColumn('items', 'bigint', needed)
      .addColumn('bytes', 'bigint', needed)
      .addColumn('singles', 'bigint', needed)
      .addColumn('last_at', 'bigint', needed)
      .addPrimaryKeyConstraint(`${hourly}_primary_key`, ['series_id', 'hour'])
      .modifyEnd(sql.raw(inKeyOrder))
      .execute()
    await schema
      .createIndex(`${hourly}_by_hour`)
      .on(hourly)
      .columns(covering ? ['hour', ...summed] : ['hour'])
      .execute()
    const { table, start } = COARSE[hourly]
    await schema
      .createTable(table)
      .addColumn('series_id', 'bigint', needed)
      .addColumn(start, 'bigint', needed)
      .addColumn('requests', 'bigint', needed)
      .addColumn('items', 'bigint', needed)
      .addColumn('bytes', 'bigint', needed)
      .addColumn('last_at', 'bigint', needed)
      .addPrimaryKeyConstraint(`${table}_primary_key`, ['series_id', start])
      .modifyEnd(sql.raw(inKeyOrder))
      .execute()
    for (const trigger of triggersOf(hourly)) await sql.raw(trigger).execute(db)
  }
}

async function createDecisions(
  { schema }: Kysely<unknown>,
  { idType, inKeyOrder }: Dialect,
): Promise<void> {
  let decisions = schema
    .createTable('history_decisions')
    .addColumn('decision_id', sql.raw(idType), column => column.primaryKey().notNull())
    .addColumn('series_id', 'bigint', needed)
    .addColumn('source_address', 'text', needed)
    .addColumn('asked', 'text')
    .addColumn('items', 'bigint', needed)
    .addColumn('bytes', 'bigint', needed)
    .addColumn('status', 'integer')
    .addColumn('response_code', 'text')
  for (const column of STORED)
    decisions = decisions.addColumn(column, 'bigint', MEASURED.has(column) ? optional : needed)
  await decisions.modifyEnd(sql.raw(inKeyOrder)).execute()
  await schema
    .createIndex('history_decisions_by_series')
    .on('history_decisions')
    .columns(['series_id', 'decision_id'])
    .execute()
  await schema
    .createTable('history_members')
    .addColumn('id', 'bigint', key)
    .addColumn('writer', 'text', needed)
    .addColumn('members', 'text', needed)
    .addColumn('last_at', 'bigint', needed)
    .execute()
}

async function createChanges(
  { schema }: Kysely<unknown>,
  { idType, inKeyOrder }: Dialect,
): Promise<void> {
  await schema
    .createTable('history_changes')
    .addColumn('decision_id', sql.raw(idType), column => column.primaryKey().notNull())
    .addColumn('organization_id', 'text', needed)
    .addColumn('action', 'text', needed)
    .addColumn('verdict', 'text', needed)
    .addColumn('reason', 'text', needed)
    .addColumn('principal_id', 'text', needed)
    .addColumn('role_id', 'text', needed)
    .addColumn('source_address', 'text', needed)
    .addColumn('brief', 'integer', needed)
    .addColumn('object', 'text')
    .addColumn('part', 'integer', needed)
    .modifyEnd(sql.raw(inKeyOrder))
    .execute()
  await schema
    .createTable('history_records')
    .addColumn('decision_id', sql.raw(idType), column => column.primaryKey().notNull())
    .addColumn('record', 'text', needed)
    .modifyEnd(sql.raw(inKeyOrder))
    .execute()
}

const needed = (column: ColumnDefinitionBuilder) => column.notNull()
const key = (column: ColumnDefinitionBuilder) => column.primaryKey()
const optional = (column: ColumnDefinitionBuilder) => column
