/**
 * Reads how the drafts of roles differ from their decisions, and what a replay needs.
 *
 * @module
 */

import { type RawBuilder, sql } from 'kysely'
import { hourOf, startOf, timeOfId } from '../model/decision-id.ts'
import { SHADOW_OUTCOMES } from '../model/shadow.ts'
import type {
  RecordedRequests,
  ReplayQuery,
  ShadowDifference,
  ShadowQuery,
  ShadowTotals,
} from './history.ts'
import type { Database } from './tables.ts'

/** Maximum number of decision IDs of a difference. */
const EXAMPLES = 3

type Row = Readonly<Record<string, string | number | null>>

export async function readShadowTotals(db: Database, query: ShadowQuery): Promise<ShadowTotals> {
  const { rows } = await sql<Row>`
    select shadow, sum(requests) as requests
    from history_series cross join history_days
    where ${ofDraft(query)} and history_days.series_id = history_series.id
    group by shadow`.execute(db)
  const counts = new Map(rows.map(row => [row['shadow'], Number(row['requests'])]))
  return Object.fromEntries(
    SHADOW_OUTCOMES.map(outcome => [outcome, counts.get(outcome) ?? 0]),
  ) as ShadowTotals
}

export async function listShadowDifferences(
  db: Database,
  query: ShadowQuery & Readonly<{ offset: number; limit: number }>,
): Promise<ShadowDifference[]> {
  const { rows } = await sql<Row>`
    select ${KEYS}, max(mailbox) as mailbox, sum(requests) as requests,
      max(history_weeks.last_at) as last_at
    from history_series cross join history_weeks
    where ${ofDraft(query)} and shadow <> 'same' and history_weeks.series_id = history_series.id
    group by ${KEYS} having sum(requests) > 0
    order by requests desc, ${KEYS}
    limit ${query.limit} offset ${query.offset}`.execute(db)
  const found = await detailsOf(db, query, rows)
  return rows.map(row => {
    const details = found.get(keyOf(row)) ?? []
    return {
      principalId: String(row['principal_id']),
      userId: String(row['user_id']),
      mailbox: String(row['mailbox']),
      operation: String(row['operation']),
      reason: String(row['reason']),
      shadow: row['shadow'] as ShadowDifference['shadow'],
      shadowReason: String(row['shadow_reason']),
      requests: Number(row['requests']),
      firstAt: firstIn(details) ?? Number(row['last_at']),
      lastAt: Number(row['last_at']),
      examples: examplesIn(details),
    }
  })
}

/** Returns the condition for series of a draft. The index has only series for which the second condition holds. */
const ofDraft = ({ organizationId, roleId, version }: ShadowQuery): RawBuilder<unknown> =>
  sql`history_series.organization_id = ${organizationId} and history_series.role_id = ${roleId}
    and history_series.shadow_version = ${String(version)} and history_series.shadow <> ''`

const KEY = ['principal_id', 'user_id', 'operation', 'shadow', 'reason', 'shadow_reason'] as const
const KEYS = sql.raw(KEY.join())

const keyOf = (row: Row): string => KEY.map(column => row[column]).join('\n')

/** Returns the first hour, and the first and the last stored decision, of each series of some differences. */
async function detailsOf(
  db: Database,
  query: ShadowQuery,
  differences: readonly Row[],
): Promise<ReadonlyMap<string, readonly Row[]>> {
  if (differences.length === 0) return new Map()
  const keys = differences.map(row => sql`(${sql.join(KEY.map(column => row[column]))})`)
  const { rows } = await sql<Row>`
    select ${KEYS},
      (select min(hour) from history_sums where series_id = history_series.id and requests > 0)
        as first_hour,
      ${decisionOf('asc')} as first_id, ${decisionOf('desc')} as last_id
    from history_series
    where ${ofDraft(query)} and (${KEYS}) in (values ${sql.join(keys)})`.execute(db)
  return Map.groupBy(rows, keyOf)
}

const decisionOf = (order: 'asc' | 'desc') =>
  sql`(select decision_id from history_decisions where series_id = history_series.id
    order by decision_id ${sql.raw(order)} limit 1)`

function firstIn(details: readonly Row[]): number | undefined {
  const hours = details.flatMap(({ first_hour: hour }) => (hour == null ? [] : [Number(hour)]))
  if (hours.length === 0) return undefined
  const hour = Math.min(...hours)
  const times = details.flatMap(({ first_id: id }) => (id == null ? [] : [timeOfId(String(id))]))
  const first = Math.min(...times)
  return hourOf(first) === hour ? first : startOf(hour)
}

function examplesIn(details: readonly Row[]): readonly string[] {
  const ids = details.flatMap(({ first_id, last_id }) => [last_id, first_id])
  const given = new Set(ids.filter(id => id != null).map(String))
  return [...given].sort().reverse().slice(0, EXAMPLES)
}

export async function readRecorded(
  db: Database,
  { organizationId, roleId, from, until, since, after = '-1', limit }: ReplayQuery,
): Promise<RecordedRequests[]> {
  const columns = sql.raw(
    ['principal_id', 'user_id', 'mailbox', 'operation', 'verdict', 'reason'].join(),
  )
  const { rows } = await sql<Row>`
    select cast(series.id as text) as id, ${columns}, sum(requests) as requests,
      sum(case when hour >= ${Math.ceil(since / startOf(1))} then requests else 0 end)
        as requests_since,
      max(sums.last_at) as last_at
    from (
      select id, ${columns} from history_series
      where organization_id = ${organizationId} and role_id = ${roleId}
        and id > ${sql`cast(${after} as bigint)`}
      order by id limit ${limit}) as series
    left join history_sums as sums on sums.series_id = series.id
      and hour between ${hourOf(from)} and ${hourOf(until - 1)}
    group by series.id, ${columns} order by series.id`.execute(db)
  return rows.map(row => ({
    id: String(row['id']),
    principalId: String(row['principal_id']),
    userId: String(row['user_id']),
    mailbox: String(row['mailbox']),
    operation: String(row['operation']),
    verdict: row['verdict'] as RecordedRequests['verdict'],
    reason: String(row['reason']),
    requests: Number(row['requests'] ?? 0),
    requestsSince: Number(row['requests_since'] ?? 0),
    lastAt: Number(row['last_at'] ?? 0),
  }))
}
