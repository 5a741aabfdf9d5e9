/**
 * Creates counters with a closed list of kinds.
 *
 * @module
 */

import { Counter, type CounterConfiguration } from 'prom-client'

/**
 * Returns a counter that has a series with 0 for each kind from the start, so that Prometheus notices the first
 * increase.
 */
export function counterOfKinds(
  described: Pick<CounterConfiguration<string>, 'name' | 'help' | 'registers'>,
  kinds: readonly string[],
): Counter<string> {
  const counter = new Counter({ ...described, labelNames: ['kind'] })
  for (const kind of kinds) counter.inc({ kind }, 0)
  return counter
}
