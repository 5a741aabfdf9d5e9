/**
 * Adds up the increments of all mailboxes.
 *
 * @module
 */

import type { Tally } from './history.ts'
import type { SeriesMemory } from './rows.ts'

/** Returns one increment for each hour and series without a mailbox. */
export function totalsOf(tallies: readonly Tally[], memory: SeriesMemory): Tally[] {
  const totals = new Map<string, Tally>()
  for (const tally of tallies) {
    const { id: _, ...shared } = tally.series
    const series = memory.seriesOf({ ...shared, userId: '', mailbox: '' })
    const key = `${series.id} ${tally.hour}`
    const total = totals.get(key)
    totals.set(key, total ? sumOf(total, tally) : { ...tally, series })
  }
  return [...totals.values()]
}

const sumOf = (one: Tally, other: Tally): Tally => ({
  ...one,
  requests: one.requests + other.requests,
  items: one.items + other.items,
  bytes: one.bytes + other.bytes,
  singles: one.singles + other.singles,
  lastAt: Math.max(one.lastAt, other.lastAt),
})
