/**
 * The naive model's periods.
 *
 * @module
 */

import type { Period } from './terms.ts'

/** Whether a period has begun and not ended. */
export function isNow({ begins, ends }: Period, now = Date.now()): boolean {
  if (begins !== undefined && now < Date.parse(begins)) return false
  return ends === undefined || now < Date.parse(ends)
}
