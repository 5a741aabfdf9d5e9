/**
 * Faults between client, gateway, and upstream, and what each of them must lead to: one row for each
 * place where a request can break.
 *
 * @module
 */

import type { Cause, Outcome } from '../../src/model/outcome.ts'
import { FAULT_CODE, type Fault } from './faulty-upstream.ts'

/** Effects of one request. */
export type Result = Readonly<{
  /** ResponseCode of the fault; `cut` if the client gets no whole response. */
  client: string
  /** How often the upstream runs the operation. */
  executions: number
  outcome: Outcome
  cause?: Cause
}>

/** Effects of a fault on a read, a write after it, and what operators see. */
export type FailureCase<Name extends string = string> = Readonly<{
  fault: Name
  read: Result
  write: Result
  /** Messages of the log, in any order. */
  log: readonly string[]
  /** Status of `/readyz`, and the checks that do not pass. */
  readyz: string
  /** Counter that rises by one for each request, in addition to the one of all requests. */
  metric?: string
  /** Messages of the log once requests are served again. */
  recovered: readonly string[]
}>

const BUSY = 'ErrorServerBusy'
const TIMED_OUT = 'ErrorTimeoutExpired'
const TOO_LARGE = 'ErrorMessageSizeExceeded'

const failed = (cause: Cause, client: string, executions = 0): Result => ({
  client,
  executions,
  outcome: 'FAILED',
  cause,
})

const cut = (cause: Cause): Result => ({ client: 'cut', executions: 1, outcome: 'ABORTED', cause })

type Seen = Pick<FailureCase, 'log' | 'readyz' | 'metric' | 'recovered'>

const UNSEEN: Seen = { log: [], readyz: 'pass', recovered: [] }

const UPSTREAM = {
  readyz: 'warn: upstream',
  metric: 'ews_gateway_upstream_failures_total',
} as const

const DEGRADED: Seen = {
  ...UPSTREAM,
  log: ['Some requests to the upstream fail'],
  recovered: ['The upstream serves requests'],
}

/** The check of the connection at the start has failed. */
const DOWN: Seen = { ...UPSTREAM, log: ['The upstream serves no requests'], recovered: [] }

const BUSY_GATEWAY: Seen = { ...UNSEEN, log: ['Requests fail'] }

const STORE: Seen = {
  ...UNSEEN,
  log: ['Requests fail', 'The poll of the store failed; retrying'],
  metric: 'ews_gateway_fail_closed_total',
}

/** A read is busy, and a write that may have run is not. */
const unknown = <Name extends string>(
  fault: Name,
  cause: Cause,
  reads: number,
  writes: number,
): FailureCase<Name> => ({
  fault,
  read: failed(cause, BUSY, reads),
  write: failed(cause, TIMED_OUT, writes),
  ...DEGRADED,
})

const same = <Name extends string>(
  fault: Name,
  result: Result,
  seen: Seen = DEGRADED,
): FailureCase<Name> => ({ fault, read: result, write: result, ...seen })

/** Faults of the upstream, and of clients. */
export const UPSTREAM_CASES: readonly FailureCase<Fault>[] = [
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
  same('answers 413', failed('too-large', TOO_LARGE), UNSEEN),
  same('answers a SOAP fault', failed('upstream-fault', FAULT_CODE), UNSEEN),
  same('does not answer after it ran the operation', failed('timeout', TIMED_OUT, 1)),
  same('closes in the body of its response', cut('closed')),
  same('stops in the body of its response', cut('timeout')),
  same('accepts no connection', failed('refused', BUSY)),
  same('answers 401', failed('unauthorized', BUSY)),
  same('is left by the client', cut('client-gone'), UNSEEN),
  same('answers', { client: 'NoError', executions: 1, outcome: 'ANSWERED' }, UNSEEN),
]

/** Upstreams that a gateway can't connect to from its start on. */
export const CONNECTION_CASES = [
  same('its name has no address', failed('dns', BUSY), DOWN),
  same('it speaks no TLS', failed('tls', BUSY), DOWN),
] as const

/** Faults of the gateway itself, which end. */
export const GATEWAY_CASES = [
  same('the disk of the audit is full', failed('audit', BUSY), {
    log: ['Cannot write the audit; requests fail until it can be written'],
    readyz: 'fail: audit',
    recovered: [
      'The audit can be written again; the field lost is the number of records whose requests failed',
    ],
  }),
  same('other requests hold all memory', failed('memory', BUSY), {
    ...BUSY_GATEWAY,
    readyz: 'fail: memory',
  }),
  same('the principal has too many requests', failed('throttled', BUSY), BUSY_GATEWAY),
  same('a step throws', failed('internal', 'ErrorInternalServerError'), {
    ...UNSEEN,
    log: ['Unhandled error', 'Unhandled error'],
  }),
] as const

/** A store that stops: first for data that is not known, then for all. */
export const STORE_CASES = {
  unknown: same('the store is gone', failed('store', BUSY), {
    ...STORE,
    readyz: 'warn: store',
  }),
  old: same('the store is gone for long', failed('policy', BUSY), {
    ...STORE,
    readyz: 'fail: policy, store',
  }),
} as const

/** All rows. */
export const CASES: readonly FailureCase[] = [
  ...UPSTREAM_CASES,
  ...CONNECTION_CASES,
  ...GATEWAY_CASES,
  ...Object.values(STORE_CASES),
]
