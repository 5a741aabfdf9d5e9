/**
 * Tests without TAP's async hooks.
 *
 * @module
 */

import type { TestBase } from 'tap'

/**
 * Ends the domains with which TAP finds the test of an unhandled error, because following every promise
 * takes a quarter of the CPU. An unhandled error ends the process, and TAP reports the unfinished tests.
 */
export function followNoPromises(test: Pick<TestBase, 'hookDomain' | 'on'>): void {
  test.hookDomain.destroy()
  test.on('subtestAdd', child => followNoPromises(child as TestBase))
}
