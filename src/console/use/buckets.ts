/**
 * Divides a time into the hours or days of a chart, and totals into a series for each outcome.
 *
 * @module
 */

import type { TotalsRow } from '../api/history.ts'
import type { Bounds } from '../audit/period.ts'

export type Unit = 'HOUR' | 'DAY'

const SECONDS = { HOUR: 3_600, DAY: 86_400 } as const satisfies Record<Unit, number>

/** Maximum number of bars that are hours. */
const MAX_HOURS = 49

/** Returns the unit of the bars. Totals exist for whole hours, so no bar is shorter. */
export const unitOf = ({ StartTime, EndTime }: Bounds): Unit =>
  Math.ceil(EndTime / SECONDS.HOUR) - Math.floor(StartTime / SECONDS.HOUR) <= MAX_HOURS
    ? 'HOUR'
    : 'DAY'

/** Extends a time to whole hours or days in UTC, so that its first bar is whole. */
export function wholeUnits({ StartTime, EndTime }: Bounds): Bounds {
  const size = SECONDS[unitOf({ StartTime, EndTime })]
  return { StartTime: Math.floor(StartTime / size) * size, EndTime }
}

/** Returns the starts of the hours or days. */
export function startsOf({ StartTime, EndTime }: Bounds): readonly number[] {
  const size = SECONDS[unitOf({ StartTime, EndTime })]
  const first = Math.floor(StartTime / size)
  return Array.from({ length: Math.ceil(EndTime / size) - first }, (_, i) => (first + i) * size)
}

/** Returns the time of a bar, without what is outside the time of the chart. */
export const boundsOfBar = (start: number, { StartTime, EndTime }: Bounds): Bounds => ({
  StartTime: Math.max(start, StartTime),
  EndTime: Math.min(start + SECONDS[unitOf({ StartTime, EndTime })], EndTime),
})

/** Outcome of a request; `PENDING` while it is in progress. */
export type ChartOutcome = NonNullable<TotalsRow['Outcome']> | 'PENDING'

const OUTCOMES: readonly ChartOutcome[] = ['ANSWERED', 'DENIED', 'FAILED', 'ABORTED', 'PENDING']

export type Series = Readonly<{
  outcome: ChartOutcome
  total: number
  /** Number of requests in each bar. */
  data: readonly Readonly<{ x: number; y: number }>[]
}>

type Row = Pick<TotalsRow, 'Hour' | 'Day' | 'Outcome' | 'Requests'>

/** Returns the series of all outcomes except those that no request has. The first is always there. */
export function seriesOf(rows: readonly Row[], bounds: Bounds): readonly Series[] {
  const starts = startsOf(bounds)
  const counts = new Map<string, number>()
  for (const { Hour, Day = Hour, Outcome = 'PENDING', Requests } of rows) {
    const key = `${Outcome} ${Day}`
    counts.set(key, (counts.get(key) ?? 0) + Requests)
  }
  return OUTCOMES.map(outcome => {
    const data = starts.map(x => ({ x, y: counts.get(`${outcome} ${x}`) ?? 0 }))
    return { outcome, data, total: data.reduce((sum, { y }) => sum + y, 0) }
  }).filter(({ outcome, total }) => outcome === 'ANSWERED' || total > 0)
}
