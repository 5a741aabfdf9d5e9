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
  const period: Period = 'type' in time ? time : { type: 'absolute', ...time }
  return `/audit?${writeFilters(writePeriod(new URLSearchParams(), period), filters)}`
}
