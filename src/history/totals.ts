/**
 * Adds up the increments of individual mailboxes to increments over all mailboxes.
 *
 * @module
 */

import type { RollupIncrement } from './history.ts'
import type { SeriesMemory } from './rows.ts'

/** Returns one increment for each hour and series without a mailbox. */
export function totalsOf(
  increments: readonly RollupIncrement[],
  memory: SeriesMemory,
): RollupIncrement[] {
  const totals = new Map<string, RollupIncrement>()
  for (const increment of increments) {
    const { id: _, ...shared } = increment.series
    const series = memory.seriesOf({ ...shared, userId: '', mailbox: '' })
    const key = `${series.id} ${increment.hour}`
    const total = totals.get(key)
    totals.set(key, total ? sumOf(total, increment) : { ...increment, series })
  }
  return [...totals.values()]
}

const sumOf = (one: RollupIncrement, other: RollupIncrement): RollupIncrement => ({
  ...one,
  requests: one.requests + other.requests,
  items: one.items + other.items,
  bytes: one.bytes + other.bytes,
  singles: one.singles + other.singles,
  lastAt: Math.max(one.lastAt, other.lastAt),
})
