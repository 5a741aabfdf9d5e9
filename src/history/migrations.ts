/**
 * Creates the tables of the history.
 *
 * @module
 */

import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { OnMigrated } from '../model/migrated.ts'
import { COARSE, startOfPeriod, type TriggersOf } from './coarse-rollups.ts'
import { STORED } from './request-rows.ts'
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

/**
 * Creates missing tables. Several processes can call it concurrently.
 *
 * @param onMigrated - called if the database existed before
 * @throws Error if a later version has created the tables, or the database cannot be used
 */
export async function migrateHistory(
  db: Database,
  dialect: Dialect,
  onMigrated: OnMigrated = () => undefined,
): Promise<void> {
  const migrations: Record<string, Migration> = {
    '0001-initial': { up: (db: Kysely<unknown>) => createTables(db, dialect) },
    '0002-outcomes': { up: addOutcomes },
    '0003-positions': { up: addPositions },
    '0004-places': { up: addPlaces },
    '0005-rules': { up: addRules },
    '0006-weeks': { up: db => addCoarse(db, dialect, 'history_sums') },
    '0007-members': { up: addMembers },
    '0008-days': { up: db => addCoarse(db, dialect, 'history_totals') },
    '0009-shadow': { up: addShadows },
    '0010-shadow-outcomes': { up: indexShadowOutcomes },
    '0011-parts': { up: addParts },
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'history_migration',
    migrationLockTableName: 'history_migration_lock',
  })
  const isNew = (await migrator.getMigrations()).every(({ executedAt }) => executedAt === undefined)
  const startedAt = performance.now()
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error) throw error
  if (isNew || results.length === 0) return
  const names = results.map(({ migrationName }) => migrationName)
  const tookMs = Math.round(performance.now() - startedAt)
  onMigrated({ database: 'history', migrations: names, tookMs })
}

async function createTables({ schema }: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { idType, inKeyOrder, covering } = dialect
  const make = (name: string) => schema.createTable(`history_${name}`)
  const makeIndex = (table: string, by: string, columns: string[]) =>
    schema
      .createIndex(`history_${table}_by_${by}`)
      .on(`history_${table}`)
      .columns(columns)
      .execute()
  const end = sql.raw(inKeyOrder)
  const id = sql.raw(idType)

  await make('series')
    .addColumn('id', 'bigint', column => column.primaryKey())
    .addColumn('organization_id', 'text', needed)
    .addColumn('role_id', 'text', needed)
    .addColumn('role_name', 'text', needed)
    .addColumn('principal_id', 'text', needed)
    .addColumn('user_id', 'text', needed)
    .addColumn('mailbox', 'text', needed)
    .addColumn('operation', 'text', needed)
    .addColumn('verdict', 'text', needed)
    .addColumn('reason', 'text', needed)
    .addColumn('last_at', 'bigint', needed)
    .execute()

  const summed = ['series_id', 'requests', 'items', 'bytes', 'singles', 'last_at']
  for (const name of ['sums', 'totals']) {
    await make(name)
      .addColumn('series_id', 'bigint', needed)
      .addColumn('hour', 'bigint', needed)
      .addColumn('requests', 'bigint', needed)
      .addColumn('items', 'bigint', needed)
      .addColumn('bytes', 'bigint', needed)
      .addColumn('singles', 'bigint', needed)
      .addColumn('last_at', 'bigint', needed)
      .addPrimaryKeyConstraint(`history_${name}_primary_key`, ['series_id', 'hour'])
      .modifyEnd(end)
      .execute()
    await makeIndex(name, 'hour', covering ? ['hour', ...summed] : ['hour'])
  }

  await make('decisions')
    .addColumn('decision_id', id, column => column.primaryKey().notNull())
    .addColumn('series_id', 'bigint', needed)
    .addColumn('source_address', 'text', needed)
    .addColumn('asked', 'text')
    .addColumn('items', 'bigint', needed)
    .addColumn('bytes', 'bigint', needed)
    .modifyEnd(end)
    .execute()
  await makeIndex('decisions', 'series', ['series_id', 'decision_id'])

  await make('changes')
    .addColumn('decision_id', id, column => column.primaryKey().notNull())
    .addColumn('organization_id', 'text', needed)
    .addColumn('action', 'text', needed)
    .addColumn('verdict', 'text', needed)
    .addColumn('reason', 'text', needed)
    .addColumn('principal_id', 'text', needed)
    .addColumn('role_id', 'text', needed)
    .addColumn('source_address', 'text', needed)
    .addColumn('brief', 'integer', needed)
    .modifyEnd(end)
    .execute()

  await make('records')
    .addColumn('decision_id', id, column => column.primaryKey().notNull())
    .addColumn('record', 'text', needed)
    .addColumn('outcome', 'text')
    .modifyEnd(end)
    .execute()

  await make('writers')
    .addColumn('writer', 'text', column => column.primaryKey())
    .addColumn('number', 'bigint', needed)
    .addColumn('at', 'bigint', needed)
    .execute()
}

/** Adds outcomes. Existing requests that were recorded as allowed count as answered. */
async function addOutcomes(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  for (const column of ['outcome', 'cause'])
    await schema
      .alterTable('history_series')
      .addColumn(column, 'text', added => added.notNull().defaultTo(''))
      .execute()
  await schema.alterTable('history_decisions').addColumn('status', 'integer').execute()
  await schema.alterTable('history_decisions').addColumn('response_code', 'text').execute()
  await sql`
    update history_series set outcome = case
      when verdict = 'allow' then 'ANSWERED'
      when reason = 'client-gone' then 'ABORTED'
      when reason in ('policy-unavailable', 'audit-unavailable', 'over-budget', 'upstream-unreachable',
        'upstream-refused-credentials', 'upstream-timeout', 'body-too-large', 'internal-error')
        then 'FAILED'
      else 'DENIED' end`.execute(db)
}

/** Adds positions in the journal, and removes the numbers of batches, which earlier versions used instead. */
async function addPositions({ schema }: Kysely<unknown>): Promise<void> {
  await schema.dropTable('history_writers').execute()
  await schema
    .createTable('history_positions')
    .addColumn('writer', 'text', column => column.primaryKey())
    .addColumn('segment', 'bigint', needed)
    .addColumn('sequence', 'bigint', needed)
    .addColumn('byte_offset', 'bigint', needed)
    .execute()
}

/** Adds positions of records. Existing records have none, because they are stored completely. */
async function addPlaces({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('history_records').addColumn('place', 'text').execute()
}

/** The rules that decided earlier requests are unknown, and changes that were stored before have no object. */
async function addRules({ schema }: Kysely<unknown>): Promise<void> {
  for (const column of ['rule', 'rule_name'])
    await schema
      .alterTable('history_series')
      .addColumn(column, 'text', added => added.notNull().defaultTo(''))
      .execute()
  await schema.alterTable('history_changes').addColumn('object', 'text').execute()
}

/** Adds coarse rollups, which triggers derive from the rollups per hour. */
async function addCoarse(
  db: Kysely<unknown>,
  { inKeyOrder, triggersOf }: Dialect,
  hourly: keyof typeof COARSE,
): Promise<void> {
  const { table, start } = COARSE[hourly]
  await db.schema
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
  const period = sql.raw(startOfPeriod(COARSE[hourly], 'hour'))
  await sql`insert into ${sql.table(table)}
    select series_id, ${period}, sum(requests), sum(items), sum(bytes), max(last_at)
    from ${sql.table(hourly)} group by series_id, ${period}`.execute(db)
  for (const trigger of triggersOf(hourly)) await sql.raw(trigger).execute(db)
}

/** Adds members that decisions share. Existing decisions keep their records. */
async function addMembers({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('history_members')
    .addColumn('id', 'bigint', column => column.primaryKey())
    .addColumn('writer', 'text', needed)
    .addColumn('members', 'text', needed)
    .addColumn('last_at', 'bigint', needed)
    .execute()
  for (const column of STORED)
    await schema.alterTable('history_decisions').addColumn(column, 'bigint').execute()
}

/** Earlier requests were compared with no draft. */
async function addShadows(db: Kysely<unknown>): Promise<void> {
  for (const column of ['shadow_version', 'shadow', 'shadow_reason'])
    await db.schema
      .alterTable('history_series')
      .addColumn(column, 'text', added => added.notNull().defaultTo(''))
      .execute()
  await sql`create index history_series_by_shadow
    on history_series (organization_id, role_id, shadow_version) where shadow <> ''`.execute(db)
}

/** Adds the outcome and the ID to the index, so that series without a difference are not read one by one. */
async function indexShadowOutcomes(db: Kysely<unknown>): Promise<void> {
  await sql`drop index history_series_by_shadow`.execute(db)
  await sql`create index history_series_by_shadow
    on history_series (organization_id, role_id, shadow_version, shadow, id)
    where shadow <> ''`.execute(db)
}

/** Earlier changes have one record. */
async function addParts({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .alterTable('history_changes')
    .addColumn('part', 'integer', added => added.notNull().defaultTo(1))
    .execute()
}

const needed = (column: ColumnDefinitionBuilder) => column.notNull()
