/**
 * Keeps rollups per day and per week, so that queries over a long time read few rows.
 *
 * Triggers derive them from the rollups per hour. So they are exact while rows expire, and when a gateway of
 * another version writes to the same database.
 *
 * @module
 */

import { sql } from 'kysely'

/** Table of coarse rollups, by the table of the rollups per hour that they are derived from. */
export const COARSE = {
  /** Most mailboxes are used in few hours of a day, so days would save little. */
  history_sums: { table: 'history_weeks', start: 'week', hours: 7 * 24 },
  history_totals: { table: 'history_days', start: 'day', hours: 24 },
} as const

type Hourly = keyof typeof COARSE
type Coarse = (typeof COARSE)[Hourly]

/** Returns the SQL for the first hour of a period. @param hour - SQL for an hour of it */
const startOfPeriod = ({ hours }: Coarse, hour: string): string => `(${hour} - ${hour} % ${hours})`

/** Hours by their first and last one. */
type Hours = readonly [first: number, last: number]

/**
 * Splits hours into whole periods and the hours before and after them.
 *
 * @param size - hours in a period
 * @returns undefined if they contain no whole period
 */
export function wholePeriods([first, last]: Hours, size: number) {
  const start = Math.ceil(first / size) * size
  const end = Math.floor((last + 1) / size) * size
  if (start >= end) return undefined
  return {
    periods: [start, end - size] satisfies Hours,
    edges: [
      [first, start - 1],
      [end, last],
    ] satisfies readonly Hours[],
  }
}

const COUNTED = ['requests', 'items', 'bytes'] as const

/** Returns the statement that adds a rollup per hour to its period. @param values - SQL for the counted columns */
const addTo = (coarse: Coarse, row: 'new' | 'old', values: (column: string) => string) =>
  `insert into ${coarse.table} (series_id, ${coarse.start}, ${COUNTED.join()}, last_at)
    values (${row}.series_id, ${startOfPeriod(coarse, `${row}.hour`)}, ${COUNTED.map(values).join()}, ${row}.last_at)
    on conflict (series_id, ${coarse.start}) do update set
      ${COUNTED.map(column => `${column} = ${coarse.table}.${column} + excluded.${column}`).join()},
      last_at = case when excluded.last_at > ${coarse.table}.last_at
        then excluded.last_at else ${coarse.table}.last_at end;`

/** Returns statements by the change of a rollup per hour. The key of a rollup never changes. */
const changesOf = (coarse: Coarse) =>
  Object.entries({
    insert: addTo(coarse, 'new', column => `new.${column}`),
    update: addTo(coarse, 'new', column => `new.${column} - old.${column}`),
    delete: addTo(coarse, 'old', column => `-old.${column}`),
  })

/** Returns statements that create the triggers for a table of rollups per hour. */
export type TriggersOf = (hourly: Hourly) => readonly string[]

export const sqliteTriggers: TriggersOf = hourly =>
  changesOf(COARSE[hourly]).map(
    ([change, statement]) =>
      `create trigger ${COARSE[hourly].table}_on_${change} after ${change} on ${hourly} begin ${statement} end`,
  )

export const postgresTriggers: TriggersOf = hourly =>
  changesOf(COARSE[hourly]).flatMap(([change, statement]) => {
    const name = `${COARSE[hourly].table}_on_${change}`
    return [
      `create function ${name}() returns trigger language plpgsql as $$
        begin ${statement} return null; end $$`,
      `create trigger ${name} after ${change} on ${hourly} for each row execute function ${name}()`,
    ]
  })

/** Names of the rollup columns, apart from the time. */
export const SUMMED = sql.raw(['series_id', ...COUNTED, 'last_at'].join())
