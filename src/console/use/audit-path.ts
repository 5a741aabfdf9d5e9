/**
 * Paths of audit views with a time and filters.
 *
 * @module
 */

import type { Filter, GroupBy, Property } from '../api/history.ts'
import { writeFilters } from '../audit/filters.ts'
import { type Bounds, type Period, writePeriod } from '../audit/period.ts'

/** Property of a request, by which totals can be grouped and filtered. */
export type DecisionGroup = GroupBy & Property
export type DecisionFilter = Filter<DecisionGroup>

/** Returns the path of the decisions in a time. A relative time moves with the clock. */
export function auditPath(time: Bounds | Period, filters: readonly Filter[]): string {
  const period = 'type' in time ? time : absolute(time)
  return `/audit?${writeFilters(writePeriod(new URLSearchParams(), period), filters)}`
}

const absolute = ({ StartTime, EndTime }: Bounds): Period => ({
  type: 'absolute',
  startDate: new Date(StartTime * 1_000).toISOString(),
  endDate: new Date(EndTime * 1_000).toISOString(),
})
