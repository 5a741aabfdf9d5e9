/**
 * Keeps rollups per week, so that queries about many mailboxes over a long time read few rows.
 *
 * Triggers derive them from the rollups per hour. So they are exact while rows expire, and when a gateway of an
 * earlier version writes to the same database.
 *
 * @module
 */

import { sql } from 'kysely'

export const WEEK_HOURS = 7 * 24

/** Returns the SQL for the first hour of a week. @param hour - SQL for an hour of it */
export const weekOf = (hour: string): string => `(${hour} - ${hour} % ${WEEK_HOURS})`

/** Hours by their first and last one. */
type Hours = readonly [first: number, last: number]

/**
 * Splits hours into whole weeks and the hours before and after them.
 *
 * @returns undefined if they contain no whole week
 */
export function wholeWeeks([first, last]: Hours) {
  const start = Math.ceil(first / WEEK_HOURS) * WEEK_HOURS
  const end = Math.floor((last + 1) / WEEK_HOURS) * WEEK_HOURS
  if (start >= end) return undefined
  return {
    weeks: [start, end - WEEK_HOURS] satisfies Hours,
    edges: [
      [first, start - 1],
      [end, last],
    ] satisfies readonly Hours[],
  }
}

const COUNTED = ['requests', 'items', 'bytes'] as const

/** Returns the statement that adds a rollup per hour to its week. @param values - SQL for the counted columns */
const addTo = (row: 'new' | 'old', values: (column: string) => string) =>
  `insert into history_weeks (series_id, week, ${COUNTED.join()}, last_at)
    values (${row}.series_id, ${weekOf(`${row}.hour`)}, ${COUNTED.map(values).join()}, ${row}.last_at)
    on conflict (series_id, week) do update set
      ${COUNTED.map(column => `${column} = history_weeks.${column} + excluded.${column}`).join()},
      last_at = case when excluded.last_at > history_weeks.last_at
        then excluded.last_at else history_weeks.last_at end;`

/** Statements by the change of a rollup per hour. The key of a rollup never changes. */
const CHANGES = {
  insert: addTo('new', column => `new.${column}`),
  update: addTo('new', column => `new.${column} - old.${column}`),
  delete: addTo('old', column => `-old.${column}`),
} as const

export const SQLITE_TRIGGERS: readonly string[] = Object.entries(CHANGES).map(
  ([change, statement]) =>
    `create trigger history_weeks_on_${change} after ${change} on history_sums begin ${statement} end`,
)

export const POSTGRES_TRIGGERS: readonly string[] = Object.entries(CHANGES).flatMap(
  ([change, statement]) => [
    `create function history_weeks_on_${change}() returns trigger language plpgsql as $$
      begin ${statement} return null; end $$`,
    `create trigger history_weeks_on_${change} after ${change} on history_sums
      for each row execute function history_weeks_on_${change}()`,
  ],
)

/** Names of the rollup columns, apart from the time. */
export const SUMMED = sql.raw(['series_id', ...COUNTED, 'last_at'].join())
