/**
 * Table of reasons and causes, and their effects.
 *
 * The response to the client, the outcome and cause in audit and history, and the labels of metrics come
 * from here, so they can't disagree.
 *
 * @module
 */

import type { Reason } from './decision.ts'
import type { Cause, Outcome } from './outcome.ts'

/** ResponseCodes of the faults that the gateway writes. */
export type ResponseCode =
  | 'ErrorImpersonateUserDenied'
  | 'ErrorAccessDenied'
  | 'ErrorSubscriptionNotFound'
  | 'ErrorInvalidExchangeImpersonationHeaderData'
  | 'ErrorSchemaValidation'
  | 'ErrorMessageSizeExceeded'
  | 'ErrorServerBusy'
  | 'ErrorTimeoutExpired'
  | 'ErrorInternalServerError'

/**
 * How far a request got. `not-sent`: the upstream did not receive the complete request, so it can't have run it.
 * `sent-unknown`: it received the request, but sent no response. `answered`: it sent a response, but not an EWS
 * one.
 */
export type Reach = 'not-sent' | 'sent-unknown' | 'answered'

type ReasonRow = Readonly<{
  code: ResponseCode
  outcome: Outcome
  /** Cause that is recorded if a failure has no cause of its own. Absent for denials. */
  cause?: Cause
  /** Milliseconds that a client should wait after ErrorServerBusy. */
  backOffMs?: number
}>

const denied = (code: ResponseCode) => ({ code, outcome: 'DENIED' }) as const
const failed = (code: ResponseCode, cause: Cause) => ({ code, outcome: 'FAILED', cause }) as const
const busy = (cause: Cause, backOffMs: number) =>
  ({ ...failed('ErrorServerBusy', cause), backOffMs }) as const

const IMPERSONATION = denied('ErrorImpersonateUserDenied')
const ACCESS = denied('ErrorAccessDenied')
const HEADER = denied('ErrorInvalidExchangeImpersonationHeaderData')
const SCHEMA = denied('ErrorSchemaValidation')

/**
 * Response and outcome of each reason. Clients wait 5 s if the upstream can't be reached: hundreds of clients then
 * don't overload a server that is starting, and a failover costs one wait.
 */
export const REASON_ROWS: Readonly<Record<Reason, ReasonRow>> = {
  'no-rule-allows': IMPERSONATION,
  'rule-denies': IMPERSONATION,
  'unknown-user': IMPERSONATION,
  'mailbox-protected': IMPERSONATION,
  'impersonation-conflict': IMPERSONATION,
  'access-control-denies': IMPERSONATION,
  'role-locked': IMPERSONATION,
  'role-expired': IMPERSONATION,
  'principal-expired': IMPERSONATION,
  'role-unknown': IMPERSONATION,
  'role-not-permitted': IMPERSONATION,
  'role-ambiguous': IMPERSONATION,
  'role-is-read-only': ACCESS,
  'outside-profile': ACCESS,
  'operation-refused': ACCESS,
  'operation-unknown': ACCESS,
  'push-subscription': ACCESS,
  'foreign-mailbox': ACCESS,
  'grant-refused': ACCESS,
  'sender-refused': ACCESS,
  'header-refused': ACCESS,
  // Answered with 401, never with a fault.
  'credentials-refused': ACCESS,
  'foreign-subscription': denied('ErrorSubscriptionNotFound'),
  'impersonation-missing': HEADER,
  'impersonation-ambiguous': HEADER,
  'envelope-malformed': SCHEMA,
  'encoding-refused': SCHEMA,
  'body-too-large': failed('ErrorMessageSizeExceeded', 'too-large'),
  'policy-unavailable': busy('policy', 1_000),
  'audit-unavailable': busy('audit', 1_000),
  'over-budget': busy('throttled', 10_000),
  'upstream-unreachable': busy('closed', 5_000),
  'upstream-refused-credentials': busy('unauthorized', 30_000),
  'upstream-timeout': failed('ErrorTimeoutExpired', 'timeout'),
  'internal-error': failed('ErrorInternalServerError', 'internal'),
  'client-gone': {
    code: 'ErrorInternalServerError',
    outcome: 'ABORTED',
    cause: 'client-gone',
  },
}

/** Causes of non-EWS responses, by HTTP status. */
const STATUS_CAUSES: ReadonlyMap<number, Cause> = new Map([
  [413, 'too-large'],
  [429, 'throttled'],
  [503, 'throttled'],
])

/**
 * HTTP statuses with which servers also reject a body that is too large: Exchange with 404, grommunio with 400 or
 * 405.
 */
const SIZE_STATUSES: ReadonlySet<number> = new Set([400, 404, 405])

/** Smallest body limit of an EWS server: that of Exchange 2007 and of IIS request filtering, in bytes. */
const SMALLEST_LIMIT_BYTES = 30_000_000

/**
 * Returns the cause of a response of the upstream that is not EWS.
 *
 * @param bodyBytes - size of the request body
 */
export function causeOfStatus(status: number, bodyBytes: number): Cause {
  if (SIZE_STATUSES.has(status) && bodyBytes > SMALLEST_LIMIT_BYTES) return 'too-large'
  return STATUS_CAUSES.get(status) ?? 'not-ews'
}

/** Failure or denial that a fault reports, and how far the request got. */
export type Failing = Readonly<{
  reason: Reason
  kind?: Cause | undefined
  reach?: Reach
  backOffMs?: number | undefined
}>

/** Response to a client. */
export type FaultAnswer = Readonly<{
  code: ResponseCode
  /** Present only for ErrorServerBusy. */
  backOffMs: number | undefined
  /** Whether the upstream may have run the operation, and repeating it could change something twice. */
  mayHaveRun: boolean
}>

/**
 * Returns the response to a request that failed or was denied. Clients repeat a request after ErrorServerBusy, some
 * of them automatically. So it is used only if the upstream can't have run the operation, or if running it twice
 * does no harm.
 *
 * @param isRepeatable - whether the operation changes nothing
 */
export function faultAnswer(failing: Failing, isRepeatable: boolean): FaultAnswer {
  const { reason, kind, reach = 'not-sent' } = failing
  const row = REASON_ROWS[reason]
  const code = kind === 'too-large' ? 'ErrorMessageSizeExceeded' : row.code
  const hasNotRun = reach === 'not-sent' || HAS_NOT_RUN.has(kind)
  const mayHaveRun = !isRepeatable && !hasNotRun
  if (code !== 'ErrorServerBusy') return { code, backOffMs: undefined, mayHaveRun }
  if (mayHaveRun) return { code: 'ErrorTimeoutExpired', backOffMs: undefined, mayHaveRun }
  return { code, backOffMs: failing.backOffMs ?? row.backOffMs, mayHaveRun }
}

/** Causes of responses that show that the server has not run the operation. */
const HAS_NOT_RUN: ReadonlySet<Cause | undefined> = new Set(['unauthorized', 'too-large'])

/** Explanation of a cause for operators. */
type CauseRow = Readonly<{
  /** Short explanation for operators. */
  means: string
  /** Advice for an operator. */
  remedy: string
  /** Log messages about the problem, in the order in which they appear. Empty for causes that concern single requests. */
  log: readonly string[]
  /**
   * Check of `/readyz` that shows the problem while it lasts: `fail` if another gateway might work, otherwise
   * `warn`. Absent for causes that concern single requests.
   */
  readyz?: Readonly<{ check: string; status: 'warn' | 'fail' }>
  /** Counter that increases, in addition to that of all requests. */
  metric?: string
}>

/** Checks, log messages, and metric that failures of the upstream share. */
const UPSTREAM = {
  log: ['Some requests to the upstream fail', 'The upstream serves no requests'],
  readyz: { check: 'upstream', status: 'warn' },
  metric: 'ews_gateway_upstream_failures_total',
} as const

/** Log message for requests that fail because of a problem of the gateway itself. */
const FAIL = 'Requests fail'
const POLICY_LOG = [FAIL, 'The poll of the store failed; retrying'] as const
const POLICY_METRIC = 'ews_gateway_fail_closed_total'

const CHECK = 'Run `ews-gateway check-upstream --config gateway.yaml`.'

/** Explanation, remedy, log messages, check, and metric of each cause. */
export const CAUSE_ROWS: Readonly<Record<Cause, CauseRow>> = {
  dns: {
    means: "The upstream's host name has no address, or can't be looked up.",
    remedy: `${CHECK} Check the name in \`upstream.url\` and the name servers of the host.`,
    ...UPSTREAM,
  },
  refused: {
    means: 'The upstream accepts no connection, or there is no route to it.',
    remedy: `${CHECK} Start the upstream, or open the firewall.`,
    ...UPSTREAM,
  },
  tls: {
    means: "The upstream's certificate is not valid, or the TLS handshake fails.",
    remedy: `${CHECK} Renew the upstream's certificate, or set \`upstream.tls.ca\`.`,
    ...UPSTREAM,
  },
  closed: {
    means: 'The upstream closed the connection before its response was complete.',
    remedy: 'Look for restarts and crashes in the log of the upstream, and of proxies before it.',
    ...UPSTREAM,
  },
  timeout: {
    means: 'The upstream did not accept a connection, or did not respond, in time.',
    remedy: `${CHECK} Look at the load of the upstream. The limit is \`timeouts.upstreamSeconds\`.`,
    ...UPSTREAM,
  },
  'not-ews': {
    means:
      'The upstream answered something other than EWS, such as an error page or a redirection.',
    remedy: `${CHECK} Check the path in \`upstream.url\` and proxies before the upstream.`,
    ...UPSTREAM,
  },
  unauthorized: {
    means: "The upstream does not accept the gateway's own account.",
    remedy: `${CHECK} Check its user name and password, and whether it is locked. After a correction, restart the gateways.`,
    ...UPSTREAM,
    log: [UPSTREAM.log[0], "The upstream rejects the gateway's own account"],
  },
  throttled: {
    means:
      'The upstream answered 429 or 503, all connections to it are in use, or the client has too many requests or subscriptions at once, or too many requests per minute.',
    remedy:
      'Look at the load of the upstream and at `upstream.connections`, `limits.inFlightPerPrincipal`, `limits.inFlightPerRole`, and `limits.requestsPerMinute`.',
    ...UPSTREAM,
    log: [...UPSTREAM.log, FAIL],
  },
  'too-large': {
    means:
      'The request is larger than the gateway or the upstream accepts. The upstream says so with status 413, or with 400, 404, or 405 after a body of more than 30 MB.',
    remedy: 'Raise `limits.bodyBytes` or `limits.gatheredBytes`, or the limit of the upstream.',
    log: [],
  },
  'upstream-fault': {
    means:
      'The upstream answered with a SOAP fault, whatever the HTTP status, so it did not serve the request.',
    remedy:
      'Look up the ResponseCode of the outcome record in the documentation of the upstream. For ErrorImpersonateUserDenied, run `ews-gateway check-upstream --config gateway.yaml --as` with the address of the user.',
    log: [],
  },
  audit: {
    means: "The gateway can't write the audit.",
    remedy: 'Make room on the disk, or make it writable.',
    log: ['Cannot write the audit; requests fail until it can be written'],
    readyz: { check: 'audit', status: 'fail' },
  },
  store: {
    means: 'The store does not answer, and the request needs policy data that is not cached.',
    remedy: 'Start the database, or make the file of the store readable and writable.',
    log: POLICY_LOG,
    readyz: { check: 'store', status: 'warn' },
    metric: POLICY_METRIC,
  },
  policy: {
    means: 'Policy data is missing or too old, because the store did not answer for too long.',
    remedy:
      'Start the database, or make the file of the store readable and writable. Requests succeed again as soon as the store responds.',
    log: POLICY_LOG,
    readyz: { check: 'policy', status: 'fail' },
    metric: POLICY_METRIC,
  },
  memory: {
    means: 'Requests hold all memory of the byte budget, or the process can open no more files.',
    remedy:
      'If `message` has EMFILE, raise the limit of open files of the process. Otherwise raise `limits.memoryBytes`, or add a gateway.',
    log: [FAIL],
    readyz: { check: 'memory', status: 'fail' },
  },
  'client-gone': {
    means: 'The client closed the connection, or stopped sending its request.',
    remedy: 'None at the gateway. Look at the time limits of the client.',
    log: [],
  },
  internal: {
    means: 'Unhandled error of the gateway; or its process ended during the request.',
    remedy:
      'Report the log line `Unhandled error`. If the outcome record has the field `writer`, find out what ended the process, such as a lack of memory.',
    log: ['Unhandled error'],
  },
}
