/**
 * What ends a request without an answer from upstream.
 *
 * @module
 */

import type { Reason } from './decision.ts'

/**
 * Thrown where a request cannot go on, and turned into a SOAP fault in one place.
 *
 * The message is for the log, the audit and, where the reason allows it, the fault's text.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly reason: Reason
  /** How long the client should wait, in milliseconds; only for reasons that mean "busy". */
  readonly backOffMs: number | undefined

  constructor(
    reason: Reason,
    message: string,
    options: { cause?: unknown; backOffMs?: number } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.reason = reason
    this.backOffMs = options.backOffMs
  }
}

/** Returns the failure for a thrown value. Anything else is an unhandled error. */
export const failureOf = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure('internal-error', 'Unhandled error', { cause: error })
