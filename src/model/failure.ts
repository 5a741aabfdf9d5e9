/**
 * Failures, which end a request without a response from the upstream.
 *
 * @module
 */

import type { Reason } from './decision.ts'
import { REASON_ROWS, type Reach } from './failure-table.ts'
import type { Cause } from './outcome.ts'

type FailureOptions = Readonly<{
  cause?: unknown
  backOffMs?: number | undefined
  kind?: Cause | undefined
  reach?: Reach
}>

/**
 * A request cannot continue. `ews/fault.ts` converts it to a SOAP fault.
 *
 * The message appears in the log and, if the reason allows it, in the text of the fault.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly reason: Reason
  /** Cause in audit, history, and metrics. Undefined for denials. `cause` is the underlying error. */
  readonly kind: Cause | undefined
  /** How far the request got toward the upstream. */
  readonly reach: Reach
  /** Milliseconds that the client should wait. Only set for reasons that mean "busy". */
  readonly backOffMs: number | undefined

  constructor(reason: Reason, message: string, options: FailureOptions = {}) {
    super(message, options)
    const row = REASON_ROWS[reason]
    this.reason = reason
    this.kind = options.kind ?? row.cause
    this.reach = options.reach ?? 'not-sent'
    this.backOffMs = options.backOffMs ?? row.backOffMs
  }
}

/** Returns a thrown failure, or the failure for an unhandled error. */
export const failureOf = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure('internal-error', 'Unhandled error', { cause: error })

/** Returns the same failure, with the information that the upstream did not receive the request. */
export function notSent(error: unknown): Failure {
  const { reason, message, kind, backOffMs, cause } = failureOf(error)
  return new Failure(reason, message, { cause, kind, backOffMs })
}
