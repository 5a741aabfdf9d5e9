/**
 * Audit records of failed authentications that no other record counts.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { Audit } from '../audit/audit.ts'
import type { AuthenticationRateLimiter } from '../credentials/authentication-rate-limiter.ts'
import { Failure } from '../model/failure.ts'

/**
 * Writes audit records of the failed authentications that no record counts yet. If that fails, they are kept for
 * the next call. The audit logs the failure.
 *
 * @param until - only minutes that ended before this time are recorded
 */
export async function recordFailures(
  rateLimiter: AuthenticationRateLimiter,
  audit: Audit,
  until: number,
): Promise<void> {
  try {
    await rateLimiter.recordRest(until, (count, pair) => {
      audit.record({
        type: 'decision',
        at: Date.now(),
        decisionId: randomUUIDv7(),
        ...pair?.owner,
        sourceAddress: pair?.address,
        verdict: 'deny',
        reason: 'credentials-refused',
        count,
        accessKeyId: pair?.accessKeyId,
      })
      return audit.written()
    })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
}
