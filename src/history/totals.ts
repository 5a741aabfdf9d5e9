/**
 * Adds up the sums of requests, in batches of the history and in reports of the journal.
 *
 * @module
 */

import type { RollupIncrement } from './history.ts'
import type { SeriesMemory } from './rows.ts'

/** Returns one increment over all mailboxes for each hour and series without a mailbox. */
export function totalsOf(
  increments: readonly RollupIncrement[],
  memory: SeriesMemory,
): RollupIncrement[] {
  const totals = new Map<string, Writable<RollupIncrement>>()
  for (const increment of increments) {
    const { id: _, ...shared } = increment.series
    const series = memory.seriesOf({ ...shared, userId: '', mailbox: '' })
    const key = `${series.id} ${increment.hour}`
    const total = totals.get(key)
    if (total === undefined) totals.set(key, { ...increment, series })
    else addIncrement(total, increment)
  }
  return [...totals.values()]
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }
type Sums = Pick<RollupIncrement, 'requests' | 'items' | 'bytes' | 'lastAt'>

/** Adds sums to a total. */
export function addSums(total: Writable<Sums>, { requests, items, bytes, lastAt }: Sums): void {
  total.requests += requests
  total.items += items
  total.bytes += bytes
  total.lastAt = Math.max(total.lastAt, lastAt)
}

/** Adds an increment to one of the same series and hour. */
export function addIncrement(
  total: Writable<RollupIncrement>,
  added: Omit<RollupIncrement, 'series' | 'hour'>,
): void {
  addSums(total, added)
  total.singles += added.singles
}
