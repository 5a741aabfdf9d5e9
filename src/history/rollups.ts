/**
 * Selects the rollups that cover a time range, from those per hour and per week.
 *
 * @module
 */

import { type RawBuilder, sql } from 'kysely'
import { hourOf } from '../model/decision-id.ts'
import { seriesThat, type sumsFor } from './filters.ts'
import type { SummaryQuery } from './history.ts'
import type { Database } from './tables.ts'
import { SUMMED, wholeWeeks } from './weeks.ts'

/** Minimum number of hours in a query for which it finds rollups by series instead of scanning all hours. */
const MANY = 31 * 24

/** Expressions of the hour of a rollup, by the property that combines hours. */
const TIMES = { hour: sql`hour`, day: sql`hour - hour % 24` } as const

/** Joins parts of a statement. */
export const concat = (parts: readonly RawBuilder<unknown>[]) => sql.join(parts, sql``)

/** Returns the rollups of a time range, at most one for each series and, if grouped by it, each day or hour. */
export function rollupsIn(
  db: Database,
  query: SummaryQuery,
  table: ReturnType<typeof sumsFor>,
  times: readonly (keyof typeof TIMES)[],
): RawBuilder<unknown> {
  const named = times.map(time => sql`, ${TIMES[time]} as ${sql.ref(time)}`)
  const hours = [hourOf(query.from), hourOf(query.until - 1)] as const
  if (times.includes('hour'))
    return sql`select ${SUMMED} ${concat(named)} from ${sql.table(table)} where ${within(db, query, hours)}`
  const canSplit = times.length === 0 && table === 'history_sums' && !isOfMailbox(query)
  const split = canSplit ? wholeWeeks(hours) : undefined
  const source = split
    ? sql`(${weeksIn(db, query, split)}) as parts`
    : sql`${sql.table(table)} where ${within(db, query, hours)}`
  return sql`
    select series_id ${concat(named)},
      sum(requests) as requests, sum(items) as items, sum(bytes) as bytes, max(last_at) as last_at
    from ${source}
    group by series_id${concat(times.map(time => sql`, ${TIMES[time]}`))}`
}

/** Returns the rollups of whole weeks, and those of the hours before and after them. */
function weeksIn(
  db: Database,
  query: SummaryQuery,
  { weeks: [first, last], edges }: NonNullable<ReturnType<typeof wholeWeeks>>,
): RawBuilder<unknown> {
  const isOfSeries =
    query.filters.length === 0 ? sql`` : sql`and series_id in (${seriesOf(db, query)})`
  return sql`
    select ${SUMMED} from history_weeks where +week between ${first} and ${last} ${isOfSeries}
    ${concat(
      edges.map(
        hours =>
          sql` union all select ${SUMMED} from history_sums where ${within(db, query, hours)}`,
      ),
    )}`
}

/**
 * Returns the condition for rollups of some hours. A query for a mailbox, or for many days, finds them by series,
 * because they are stored in that order. Other queries find them by hour. The plus sign prevents the use of the
 * other index.
 */
function within(
  db: Database,
  query: SummaryQuery,
  [first, last]: readonly [number, number],
): RawBuilder<unknown> {
  const isByHour = !isOfMailbox(query) && last - first < MANY
  const span = isByHour
    ? sql`hour between ${first} and ${last}`
    : sql`+hour between ${first} and ${last}`
  if (query.filters.length === 0) return span
  return sql`${span} and ${isByHour ? sql`+` : sql``}series_id in (${seriesOf(db, query)})`
}

/** Returns whether a query is about a few mailboxes, which have few series. */
const isOfMailbox = ({ filters }: SummaryQuery): boolean =>
  filters.some(({ property, not, parts }) => property === 'mailbox' && !not && !parts)

const seriesOf = (db: Database, { organizationId, filters }: SummaryQuery) =>
  db.selectFrom('history_series').select('id').where(seriesThat(organizationId, filters))
