/**
 * Lets time pass for gateways of this process, without waiting for it.
 *
 * @module
 */

import { mock } from 'node:test'
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

/**
 * Makes both clocks and the intervals that begin from now on skip time, until the test ends.
 *
 * @returns function that skips milliseconds, and runs the intervals that end in them
 */
export function skippableIntervals(t: Test): (ms: number) => void {
  const skip = skippableTime(t)
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  return ms => {
    skip(ms)
    mock.timers.tick(ms)
  }
}
