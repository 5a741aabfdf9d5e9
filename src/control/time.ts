/**
 * Converts times of the API, which are seconds since 1970.
 *
 * @module
 */

import type { Call } from './action.ts'
import { invalid } from './problems.ts'

/**
 * Converts the member ExpiresTime to milliseconds.
 *
 * @throws ApiError InvalidParameterException if it has passed
 */
export function timeAfter({ at }: Call, seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined
  const time = Math.round(seconds * 1_000)
  if (time <= at) throw invalid('ExpiresTime must be in the future, in seconds since 1970')
  return time
}
