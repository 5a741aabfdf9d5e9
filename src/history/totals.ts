/**
 * Tallies of all mailboxes together.
 *
 * @module
 */

import type { Tally } from './history.ts'
import type { SeriesMemory } from './rows.ts'

/** One for each hour and what is shared but for the mailbox. */
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
