/**
 * Moves the clock of this process that only goes forward.
 *
 * @module
 */

import type { Test } from 'tap'

/** Makes `performance.now()` return a later time until the test ends. Timers are not affected. */
export function leap(t: Test, ms: number): void {
  const { now } = performance
  performance.now = () => now.call(performance) + ms
  t.teardown(() => {
    performance.now = now
  })
}
