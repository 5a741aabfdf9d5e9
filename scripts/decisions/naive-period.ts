/**
 * The naive model's periods.
 *
 * @module
 */

import type { Period, Role } from './terms.ts'

/** Whether a period has begun and not ended. */
export function isNow({ begins, ends }: Period, now = Date.now()): boolean {
  if (begins !== undefined && now < Date.parse(begins)) return false
  return ends === undefined || now < Date.parse(ends)
}

export function isLocked({ lock }: Role, now: number): boolean {
  if (lock === undefined) return false
  return lock.expires === undefined || now < Date.parse(lock.expires)
}
