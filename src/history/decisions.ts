/**
 * Lists decisions, newest first.
 *
 * For few series, it merges the newest decisions of each. For many, it finds the hours with decisions in the
 * rollups, and reads one hour after another until it has enough. Of an hour with few matching decisions, it reads only
 * the series that have them. So the work does not depend on how many decisions match the filters.
 *
 * @module
 */

import { type RawBuilder, type Selectable, sql } from 'kysely'
import { firstIdAt, hourOf, startOf, timeOfId } from '../model/decision-id.ts'
import type { Cause, Outcome } from '../model/outcome.ts'
import { seriesThat, sumsFor } from './filters.ts'
import type { DecisionProperty, ListedDecision, ListQuery, Verdict } from './history.ts'
import type { Database, Tables } from './tables.ts'

/** Maximum number of series whose decisions are merged. If more series match, decisions are read by the hour. */
const MERGED = 64

/** Number of hours that one query returns at most. */
const HOURS = 100

type Query = ListQuery<DecisionProperty>
type Rows = RawBuilder<Selectable<Tables['history_decisions']>>

export async function listDecisions(db: Database, query: Query): Promise<ListedDecision[]> {
  const series = await db
    .selectFrom('history_series')
    .select(sql<string>`cast(id as text)`.as('id'))
    .where(seriesThat(query.organizationId, query.filters))
    .limit(MERGED + 1)
    .execute()
  if (series.length === 0 || query.from >= query.until) return []
  if (series.length > MERGED) return await byHours(db, query)

  const newest = series.map(({ id }) => newestOf(query, id))
  return await list(db, query, sql`(${sql.join(newest, sql` union all `)})`, query.limit)
}

async function byHours(db: Database, query: Query): Promise<ListedDecision[]> {
  const found: ListedDecision[] = []
  let until = query.before === undefined ? query.until : timeOfId(query.before) + 1
  for (;;) {
    const hours = await latestHours(db, query, Math.min(until, query.until))
    for (const hour of hours) {
      found.push(...(await list(db, query, inHour(db, query, hour), query.limit - found.length)))
      if (found.length >= query.limit) return found
    }
    const last = hours.at(-1)
    if (last === undefined || hours.length < HOURS) return found
    until = startOf(last.hour)
  }
}

/** An hour, and the number of matching decisions that are stored individually in it. */
type Hour = Readonly<{ hour: number; singles: number }>

/** Returns the latest hours with decisions that are stored individually. */
async function latestHours(db: Database, query: Query, until: number): Promise<Hour[]> {
  const table = sumsFor(query.filters.map(({ property }) => property))
  const rows = await db
    .selectFrom(`${table} as sums`)
    .innerJoin('history_series', 'history_series.id', 'sums.series_id')
    .select('sums.hour')
    .select(({ fn }) => fn.sum('sums.singles').as('singles'))
    .where('sums.hour', '>=', hourOf(query.from))
    .where('sums.hour', '<=', hourOf(until - 1))
    .where('sums.singles', '>', 0)
    .where(seriesThat(query.organizationId, query.filters))
    .groupBy('sums.hour')
    .orderBy('sums.hour', 'desc')
    .limit(HOURS)
    .execute()
  return rows.map(({ hour, singles }) => ({ hour: Number(hour), singles: Number(singles) }))
}

function newestOf(query: Query, seriesId: string): Rows {
  const { first, end } = boundsOf(query)
  return sql`select * from (
    select * from history_decisions
    where series_id = ${seriesId} and decision_id >= ${first} and decision_id < ${end}
    order by decision_id desc limit ${query.limit}) as newest`
}

function inHour(db: Database, query: Query, { hour, singles }: Hour): Rows {
  const from = Math.max(query.from, startOf(hour))
  const until = Math.min(query.until, startOf(hour + 1))
  const { first, end } = boundsOf({ ...query, from, until })
  if (singles > query.limit)
    return sql`(
      select * from history_decisions where decision_id >= ${first} and decision_id < ${end})`
  const series = db
    .selectFrom('history_sums')
    .innerJoin('history_series', 'history_series.id', 'history_sums.series_id')
    .select('history_sums.series_id')
    .where('history_sums.hour', '=', hour)
    .where('history_sums.singles', '>', 0)
    .where(seriesThat(query.organizationId, query.filters))
  // The order of a cross join is that of the words in SQLite, so the decisions are found by their series.
  return sql`(
    select history_decisions.* from (${series}) as found cross join history_decisions
    where history_decisions.series_id = found.series_id
      and history_decisions.decision_id >= ${first} and history_decisions.decision_id < ${end})`
}

function boundsOf({ from, until, before }: Query) {
  const end = firstIdAt(until)
  return { first: firstIdAt(from), end: before !== undefined && before < end ? before : end }
}

async function list(
  db: Database,
  { organizationId, filters }: Query,
  decisions: Rows,
  limit: number,
): Promise<ListedDecision[]> {
  const rows = await db
    .selectFrom(decisions.as('decisions'))
    .innerJoin('history_series', 'history_series.id', 'decisions.series_id')
    .select(['decision_id', 'source_address', 'asked', 'items', 'bytes'])
    .select(['status', 'response_code'])
    .select(['role_id', 'role_name', 'principal_id', 'user_id', 'mailbox'])
    .select(['operation', 'verdict', 'reason', 'outcome', 'cause', 'rule', 'rule_name'])
    .where(seriesThat(organizationId, filters))
    .orderBy('decisions.decision_id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(row => ({
    decisionId: row.decision_id,
    at: timeOfId(row.decision_id),
    sourceAddress: row.source_address,
    asked: row.asked ?? undefined,
    items: Number(row.items),
    bytes: Number(row.bytes),
    roleId: row.role_id,
    roleName: row.role_name,
    principalId: row.principal_id,
    userId: row.user_id,
    mailbox: row.mailbox,
    operation: row.operation,
    verdict: row.verdict as Verdict,
    reason: row.reason,
    outcome: row.outcome as Outcome | '',
    cause: row.cause as Cause | '',
    rule: row.rule,
    ruleName: row.rule_name,
    status: row.status ?? undefined,
    responseCode: row.response_code ?? undefined,
  }))
}
