/**
 * Faults between client, gateway, and upstream, and what each of them must lead to: one row for each
 * place where a request can break.
 *
 * @module
 */

import type { Cause, Outcome } from '../../src/model/outcome.ts'
import type { Fault } from './faulty-upstream.ts'

/** Effects of one request. */
export type Result = Readonly<{
  /** ResponseCode of the fault; `cut` if the client gets no whole response. */
  client: string
  /** How often the upstream runs the operation. */
  executions: number
  outcome: Outcome
  cause?: Cause
}>

export type FailureCase = Readonly<{
  fault: Fault
  read: Result
  write: Result
}>

const BUSY = 'ErrorServerBusy'
const TIMED_OUT = 'ErrorTimeoutExpired'

const failed = (cause: Cause, client: string, executions: number): Result => ({
  client,
  executions,
  outcome: 'FAILED',
  cause,
})

/** A read is busy, and a write that may have run is not. */
const unknown = (fault: Fault, cause: Cause, reads: number, writes: number): FailureCase => ({
  fault,
  read: failed(cause, BUSY, reads),
  write: failed(cause, TIMED_OUT, writes),
})

const same = (fault: Fault, result: Result): FailureCase => ({ fault, read: result, write: result })

const cut = (cause: Cause): Result => ({ client: 'cut', executions: 1, outcome: 'ABORTED', cause })

/** Faults of an upstream that a gateway survives: each is followed by requests that succeed. */
export const UPSTREAM_CASES: readonly FailureCase[] = [
  // A read on a broken connection is sent once more.
  unknown('closes before it runs the operation', 'closed', 0, 0),
  unknown('closes after it ran the operation', 'closed', 2, 1),
  unknown('closes in the head of its response', 'closed', 1, 1),
  unknown('answers 500 in text after it ran the operation', 'not-ews', 1, 1),
  unknown('answers 200 in HTML after it ran the operation', 'not-ews', 1, 1),
  unknown('redirects', 'not-ews', 0, 0),
  unknown('speaks no HTTP', 'not-ews', 0, 0),
  unknown('answers 503', 'throttled', 0, 0),
  unknown('answers 429', 'throttled', 0, 0),
  same('answers 413', failed('too-large', 'ErrorMessageSizeExceeded', 0)),
  same('does not answer after it ran the operation', failed('timeout', TIMED_OUT, 1)),
  same('closes in the body of its response', cut('closed')),
  same('stops in the body of its response', cut('timeout')),
  same('is left by the client', { ...cut('client-gone'), executions: 1 }),
  same('answers', { client: 'NoError', executions: 1, outcome: 'ANSWERED' }),
]

/** An account that was rejected rests, so it needs a gateway of its own. */
export const ACCOUNT_CASE = same('answers 401', failed('unauthorized', BUSY, 0))

/** Faults of a gateway, each with a gateway of its own. `policy` appears once a store has failed for long. */
export const GATEWAY_CASES = {
  dns: failed('dns', BUSY, 0),
  refused: failed('refused', BUSY, 0),
  tls: failed('tls', BUSY, 0),
  throttled: failed('throttled', BUSY, 0),
  audit: failed('audit', BUSY, 0),
  store: failed('store', BUSY, 0),
  memory: failed('memory', BUSY, 0),
} as const satisfies Partial<Record<Cause, Result>>
