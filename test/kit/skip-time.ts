/**
 * Lets time pass for gateways of this process, without waiting for it.
 *
 * @module
 */

import type { Test } from 'tap'

/**
 * Makes both clocks of the process able to skip time, until the test ends. Timers run as before.
 *
 * @returns function that skips milliseconds
 */
export function skippableTime(t: Test): (ms: number) => void {
  const wall = Date.now
  const elapsed = performance.now.bind(performance)
  let skipped = 0
  Date.now = () => wall() + skipped
  performance.now = () => elapsed() + skipped
  t.teardown(() => {
    Date.now = wall
    Reflect.deleteProperty(performance, 'now')
  })
  return ms => {
    skipped += ms
  }
}
