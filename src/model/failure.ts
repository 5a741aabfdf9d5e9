/**
 * What ends a request without an answer from upstream.
 *
 * @module
 */

import type { Reason } from './decision.ts'
import { REASON_ROWS, type Reach } from './failure-table.ts'
import type { Cause } from './outcome.ts'

type FailureOptions = Readonly<{
  cause?: unknown
  backOffMs?: number
  kind?: Cause
  reach?: Reach
}>

/**
 * Thrown where a request cannot go on, and turned into a SOAP fault in one place.
 *
 * The message is for the log, the audit and, where the reason allows it, the fault's text.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly reason: Reason
  /** Cause in audit, history, and metrics; `cause` is the error behind it. Undefined for denials. */
  readonly kind: Cause | undefined
  /** How far the request got. */
  readonly reach: Reach
  /** How long the client should wait, in milliseconds; only for reasons that mean "busy". */
  readonly backOffMs: number | undefined

  constructor(reason: Reason, message: string, options: FailureOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    const row = REASON_ROWS[reason]
    this.reason = reason
    this.kind = options.kind ?? row.cause
    this.reach = options.reach ?? 'not-sent'
    this.backOffMs = options.backOffMs ?? row.backOffMs
  }
}

/** Returns the failure for a thrown value. Anything else is an unhandled error. */
export const failureOf = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure('internal-error', 'Unhandled error', { cause: error })

/** Returns the same failure for a request that the upstream did not get. */
export function notSent(error: unknown): Failure {
  const { reason, message, kind, backOffMs, cause } = failureOf(error)
  return new Failure(reason, message, {
    cause,
    ...(kind !== undefined && { kind }),
    ...(backOffMs !== undefined && { backOffMs }),
  })
}
