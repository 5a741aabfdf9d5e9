/**
 * Lists decisions, newest first.
 *
 * For few series, it merges the newest decisions of each. For many, it finds the hours with decisions in the
 * rollups, and reads one hour after another until it has enough. Of an hour with few matching decisions, it reads only
 * the series that have them. So the work does not depend on how many decisions match the filters.
 *
 * @module
 */

import { type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import { firstIdAt, hourOf, startOf, timeOfId } from '../model/decision-id.ts'
import type { Cause, Outcome } from '../model/outcome.ts'
import { seriesThat, sumsFor } from './filters.ts'
import type { DecisionProperty, ListedDecision, ListQuery, Verdict } from './history.ts'
import type { Database, Tables } from './tables.ts'

/**
 * Maximum number of series of which each contributes its newest decisions. If more series match, decisions are read by
 * the hour.
 */
const MERGED = 1_000

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

  const ids = series.map(({ id }) => id)
  return await list(db, query, newestOf(query, ids), query.limit)
}

async function byHours(db: Database, query: Query): Promise<ListedDecision[]> {
  const found: ListedDecision[] = []
  let until = query.before === undefined ? query.until : timeOfId(query.before) + 1
  for (;;) {
    const hours = await latestHours(db, query, Math.min(until, query.until))
    for (let rest = hours; rest.length > 0; ) {
      const missing = query.limit - found.length
      const some = hoursWith(rest, missing)
      found.push(...(await list(db, query, inHours(db, query, some), missing)))
      if (found.length >= query.limit) return found
      rest = rest.slice(some.length)
    }
    const last = hours.at(-1)
    if (last === undefined || hours.length < HOURS) return found
    until = startOf(last.hour)
  }
}

/** Returns the first hours that have a number of decisions together. One with more is returned alone. */
function hoursWith(hours: readonly Hour[], count: number): readonly Hour[] {
  let sum = 0
  let length = 0
  for (const { singles } of hours) {
    if (length > 0 && (sum >= count || singles > count)) break
    sum += singles
    length += 1
  }
  return hours.slice(0, length)
}

/** An hour, and the number of matching decisions that are stored individually in it. */
type Hour = Readonly<{ hour: number; singles: number }>

/** Returns the latest hours with decisions that are stored individually. */
async function latestHours(db: Database, query: Query, until: number): Promise<Hour[]> {
  const table = sumsFor(query.filters.map(({ property }) => property))
  const rows = await db
    .selectFrom(`${table} as sums`)
    .select('sums.hour')
    .select(({ fn }) => fn.sum('sums.singles').as('singles'))
    .where('sums.hour', '>=', hourOf(query.from))
    .where('sums.hour', '<=', hourOf(until - 1))
    .where('sums.singles', '>', 0)
    .where(isOneOf(db, query))
    .groupBy('sums.hour')
    .orderBy('sums.hour', 'desc')
    .limit(HOURS)
    .execute()
  return rows.map(({ hour, singles }) => ({ hour: Number(hour), singles: Number(singles) }))
}

/** Returns the condition for rollups of matching series. The plus sign makes SQLite find the rollups by hour. */
function isOneOf(db: Database, { organizationId, filters }: Query) {
  if (filters.length === 0)
    return sql<SqlBool>`${organizationId} = (
      select organization_id from history_series where history_series.id = series_id)`
  const series = db
    .selectFrom('history_series')
    .select('id')
    .where(seriesThat(organizationId, filters))
  return sql<SqlBool>`+series_id in (${series})`
}

/** Returns the newest decisions of each series. The order of a cross join is that of the words in SQLite. */
function newestOf(query: Query, seriesIds: readonly string[]): Rows {
  const { first, end } = boundsOf(query)
  return sql`(
    select history_decisions.* from history_series as found cross join history_decisions
    where found.id in (${sql.join(seriesIds)}) and history_decisions.series_id = found.id
      and history_decisions.decision_id < ${end}
      and history_decisions.decision_id >= coalesce((
        select decision_id from history_decisions as newest
        where newest.series_id = found.id and newest.decision_id >= ${first} and newest.decision_id < ${end}
        order by newest.decision_id desc limit 1 offset ${query.limit - 1}), ${first}))`
}

/** Returns the decisions of consecutive hours, latest hour first. */
function inHours(db: Database, query: Query, hours: readonly Hour[]): Rows {
  const [latest, oldest] = [hours[0], hours.at(-1)]
  if (latest === undefined || oldest === undefined) throw new TypeError('There are no hours')
  const from = Math.max(query.from, startOf(oldest.hour))
  const until = Math.min(query.until, startOf(latest.hour + 1))
  const { first, end } = boundsOf({ ...query, from, until })
  if (latest.singles > query.limit)
    return sql`(
      select * from history_decisions where decision_id >= ${first} and decision_id < ${end})`
  const series = db
    .selectFrom('history_sums')
    .select('series_id')
    .distinct()
    .where('hour', '>=', oldest.hour)
    .where('hour', '<=', latest.hour)
    .where('singles', '>', 0)
    .where(isOneOf(db, query))
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
