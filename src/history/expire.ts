/**
 * Deletes rows at the end of their retention, in small steps between which other statements can run.
 *
 * @module
 */

import { type SqlBool, sql } from 'kysely'
import { firstIdAt, hourOf, startOf, timeOfId } from '../model/decision-id.ts'
import { COARSE } from './coarse-rollups.ts'
import type { Retention } from './history.ts'
import type { Database } from './tables.ts'

/** Number of rows that one statement deletes. */
const STEP = 1_000

const DAY_MS = 86_400_000

type Kind = 'allow' | 'others'

/**
 * Maximum duration of a request. Younger requests in progress are not deleted, because their outcome can still
 * arrive.
 */
const END_MS = DAY_MS

/** Position up to which each kind of decision was deleted, except requests in progress. */
export type Progress = { -readonly [K in Kind]?: string }

export async function expireAll(
  db: Database,
  { sums, refusals, allowed }: Retention,
  now: number,
  progress: Progress,
): Promise<void> {
  let oldest = now - END_MS
  for (const [kind, { days, rows }] of [
    ['allow', allowed],
    ['others', refusals],
  ] as const) {
    const since = Math.max(now - days * DAY_MS, await startOfLatest(db, kind, rows))
    const after = progress[kind]
    const again = firstIdAt(now - 2 * END_MS)
    const from = after === undefined || after < again ? after : again
    const inProgress = firstIdAt(now - END_MS)
    progress[kind] = await expireDecisions(db, { kind, from, since, inProgress })
    await expireChanges(db, kind, firstIdAt(since))
    oldest = Math.min(oldest, since)
  }
  await expireMembers(db, oldest)
  const hour = hourOf(now - sums.days * DAY_MS)
  for (const hourly of ['history_sums', 'history_totals'] as const) {
    await expireSums(db, hourly, hour)
    await expireCoarse(db, hourly, hour)
  }
  await expireSeries(db, now - sums.days * DAY_MS)
}

/** Returns the time of the oldest of the latest `most` decisions; 0 if there are fewer. */
async function startOfLatest(db: Database, kind: Kind, most: number): Promise<number> {
  const hours = await db
    .selectFrom('history_totals')
    .innerJoin('history_series', 'history_series.id', 'history_totals.series_id')
    .select('hour')
    .select(({ fn }) => fn.sum('singles').as('singles'))
    .where('singles', '>', 0)
    .where('verdict', kind === 'allow' ? '=' : '<>', 'allow')
    .groupBy('hour')
    .orderBy('hour', 'desc')
    .execute()
  let left = most
  for (const { hour, singles } of hours) {
    if (Number(singles) > left) return await startWithin(db, kind, Number(hour), left)
    left -= Number(singles)
  }
  return 0
}

/** Returns the time of the oldest of the latest `most` decisions within an hour. */
async function startWithin(db: Database, kind: Kind, hour: number, most: number): Promise<number> {
  const row = await decisionsOf(db, kind)
    .where('decision_id', '>=', firstIdAt(startOf(hour)))
    .where('decision_id', '<', firstIdAt(startOf(hour + 1)))
    .orderBy('decision_id', 'desc')
    .offset(most)
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? startOf(hour) : timeOfId(row.decision_id) + 1
}

const decisionsOf = (db: Database, kind: Kind) =>
  db
    .selectFrom('history_decisions')
    .innerJoin('history_series', 'history_series.id', 'history_decisions.series_id')
    .select('decision_id')
    .where('verdict', kind === 'allow' ? '=' : '<>', 'allow')

type Span = Readonly<{
  kind: Kind
  from: string | undefined
  since: number
  /** Smallest ID of requests in progress that are kept, with all later ones. */
  inProgress: string
}>

/** @returns the ID up to which it has deleted */
async function expireDecisions(
  db: Database,
  { kind, from: after, since, inProgress }: Span,
): Promise<string> {
  const end = firstIdAt(since)
  let from = after ?? (await decisionSince(db, firstIdAt(0))) ?? end
  while (from < end) {
    const to = firstIdAt(Math.min(since, startOf(hourOf(timeOfId(from)) + 1)))
    const rows = await decisionsOf(db, kind)
      .where('decision_id', '>=', from)
      .where('decision_id', '<', to)
      .where(eb => eb.or([eb('outcome', '<>', ''), eb('decision_id', '<', inProgress)]))
      .orderBy('decision_id')
      .limit(STEP)
      .execute()
    const ids = rows.map(({ decision_id }) => decision_id)
    if (ids.length > 0)
      await db.deleteFrom('history_decisions').where('decision_id', 'in', ids).execute()
    // Skips hours without decisions.
    from = ids.length < STEP ? ((await decisionSince(db, to)) ?? end) : (ids.at(-1) ?? to)
  }
  return end
}

/** Returns the oldest decision that is not older than an ID. */
async function decisionSince(db: Database, id: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('history_decisions')
    .select('decision_id')
    .where('decision_id', '>=', id)
    .orderBy('decision_id')
    .limit(1)
    .executeTakeFirst()
  return row?.decision_id
}

async function expireChanges(db: Database, kind: Kind, end: string): Promise<void> {
  for (;;) {
    const rows = await db
      .selectFrom('history_changes')
      .select('decision_id')
      .where('decision_id', '<', end)
      .where('brief', '=', kind === 'allow' ? 1 : 0)
      .limit(STEP)
      .execute()
    const ids = rows.map(({ decision_id }) => decision_id)
    if (ids.length > 0) {
      await db.deleteFrom('history_changes').where('decision_id', 'in', ids).execute()
      await db.deleteFrom('history_records').where('decision_id', 'in', ids).execute()
    }
    if (rows.length < STEP) return
  }
}

async function expireSums(db: Database, table: keyof typeof COARSE, before: number): Promise<void> {
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where (series_id, hour) in (
        select series_id, hour from ${sql.table(table)}
        where hour < ${before} limit ${STEP})`.execute(db)
    if (numAffectedRows < STEP) return
  }
}

/** Deletes the coarse rollups whose hours are all deleted. */
async function expireCoarse(
  db: Database,
  hourly: keyof typeof COARSE,
  before: number,
): Promise<void> {
  const { table, start, hours } = COARSE[hourly]
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where (series_id, ${sql.ref(start)}) in (
        select series_id, ${sql.ref(start)} from ${sql.table(table)}
        where ${sql.ref(start)} <= ${before - hours} limit ${STEP})`.execute(db)
    if (numAffectedRows < STEP) return
  }
}

/** Deletes members that only decisions before a time could have, because these are deleted. */
async function expireMembers(db: Database, before: number): Promise<void> {
  for (;;) {
    const { numDeletedRows } = await db
      .deleteFrom('history_members')
      .where('id', 'in', eb =>
        eb.selectFrom('history_members').select('id').where('last_at', '<', before).limit(STEP),
      )
      .executeTakeFirstOrThrow()
    if (numDeletedRows < STEP) return
  }
}

/**
 * Deletes series without rollups. That is safe, because a decision, its series, and its rollup are written in one
 * transaction.
 */
async function expireSeries(db: Database, before: number): Promise<void> {
  for (;;) {
    const { numDeletedRows } = await db
      .deleteFrom('history_series')
      .where('id', 'in', eb =>
        eb
          .selectFrom('history_series as series')
          .select('series.id')
          .where('series.last_at', '<', before)
          .where(({ and }) =>
            and(
              ['history_sums', 'history_totals', 'history_decisions'].map(
                table =>
                  sql<SqlBool>`not exists (select 1 from ${sql.table(table)} where series_id = series.id)`,
              ),
            ),
          )
          .limit(STEP),
      )
      .executeTakeFirstOrThrow()
    if (numDeletedRows < STEP) return
  }
}
