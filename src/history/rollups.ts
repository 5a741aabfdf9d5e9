/**
 * Selects the rollups that cover a time range, from those per hour, per day, and per week.
 *
 * @module
 */

import { type RawBuilder, sql } from 'kysely'
import { hourOf } from '../model/decision-id.ts'
import { COARSE, SUMMED, wholePeriods } from './coarse-rollups.ts'
import { seriesThat, type sumsFor } from './filters.ts'
import type { SummaryQuery } from './history.ts'
import type { Database } from './tables.ts'

/** Minimum number of hours in a query for which it finds rollups by series instead of scanning all hours. */
const MANY = 31 * 24

/** Expressions of the hour of a rollup, by the property that combines hours. */
const TIMES = { hour: sql`hour`, day: sql`hour - hour % 24` } as const

type Times = readonly (keyof typeof TIMES)[]
type Hourly = ReturnType<typeof sumsFor>
type Hours = readonly [first: number, last: number]

/** Joins parts of a statement. */
export const concat = (parts: readonly RawBuilder<unknown>[]) => sql.join(parts, sql``)

/**
 * Returns the rollups of a time range: few for each series and, if grouped by it, each day or hour. Grouping each part
 * by itself reads it in the order of its key, without sorting.
 */
export function rollupsIn(
  db: Database,
  query: SummaryQuery,
  table: Hourly,
  times: Times,
): RawBuilder<unknown> {
  const hours = [hourOf(query.from), hourOf(query.until - 1)] as const
  const split = mayReadCoarse(query, table, times, hours)
    ? wholePeriods(hours, COARSE[table].hours)
    : undefined
  if (split === undefined) return hourly(db, query, table, times, hours)
  const edges = split.edges.map(edge => hourly(db, query, table, times, edge))
  return sql.join([coarse(db, query, table, times, split.periods), ...edges], sql` union all `)
}

/** Returns whether coarse rollups have the times that a query groups by, and save rows. */
function mayReadCoarse(
  query: SummaryQuery,
  table: Hourly,
  times: Times,
  [first, last]: Hours,
): boolean {
  if (isOfMailbox(query)) return false
  if (COARSE[table].start === 'week') return times.length === 0
  return !times.includes('hour') && last - first >= MANY
}

function hourly(
  db: Database,
  query: SummaryQuery,
  table: Hourly,
  times: Times,
  hours: Hours,
): RawBuilder<unknown> {
  const named = times.map(time => sql`, ${TIMES[time]} as ${sql.ref(time)}`)
  const rows = sql`${sql.table(table)} where ${within(db, query, hours)}`
  return times.includes('hour')
    ? sql`select ${SUMMED} ${concat(named)} from ${rows}`
    : sql`select ${TOTALS} ${concat(named)} from ${rows} group by series_id${concat(times.map(time => sql`, ${TIMES[time]}`))}`
}

/** Returns the coarse rollups of whole periods. A query for many days finds them by series, or reads them all. */
function coarse(
  db: Database,
  query: SummaryQuery,
  hourly: Hourly,
  times: Times,
  [first, last]: Hours,
): RawBuilder<unknown> {
  const { table, start } = COARSE[hourly]
  const period = sql.ref(start)
  const isOfSeries =
    query.filters.length === 0 ? sql`` : sql`and series_id in (${seriesOf(db, query)})`
  const rows = sql`${sql.table(table)} where +${period} between ${first} and ${last} ${isOfSeries}`
  return times.length > 0
    ? sql`select ${SUMMED}, ${period} from ${rows}`
    : sql`select ${TOTALS} from ${rows} group by series_id`
}

const TOTALS = sql`series_id,
  sum(requests) as requests, sum(items) as items, sum(bytes) as bytes, max(last_at) as last_at`

/**
 * Returns the condition for rollups of some hours. A query for a mailbox, or for many days, finds them by series,
 * because they are stored in that order. Other queries find them by hour. The plus sign prevents the use of the
 * other index.
 */
function within(db: Database, query: SummaryQuery, [first, last]: Hours): RawBuilder<unknown> {
  const isByHour = !isOfMailbox(query) && last - first < MANY
  const span = isByHour
    ? sql`hour between ${first} and ${last}`
    : sql`+hour between ${first} and ${last}`
  if (query.filters.length === 0) return span
  return sql`${span} and ${isByHour ? sql`+` : sql``}series_id in (${seriesOf(db, query)})`
}

/** Returns whether a query is about a few mailboxes, which have few series. */
export const isOfMailbox = ({ filters }: SummaryQuery): boolean =>
  filters.some(({ property, not, parts }) => property === 'mailbox' && !not && !parts)

const seriesOf = (db: Database, { organizationId, filters }: SummaryQuery) =>
  db.selectFrom('history_series').select('id').where(seriesThat(organizationId, filters))
