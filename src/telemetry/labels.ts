/**
 * Closed lists of the values of metric labels.
 *
 * All other values are counted under one common label, so that clients can't create new series.
 *
 * @module
 */

import { OPERATIONS } from '../ews/operations.ts'
import { CLOSED_KINDS } from '../http/closed.ts'
import { REASONS } from '../model/decision.ts'
import { CAUSES, OUTCOMES, UPSTREAM_CAUSES } from '../model/outcome.ts'
import { SHADOW_OUTCOMES } from '../model/shadow.ts'
import { SCHEMES } from '../model/sign-in.ts'

export const VERDICTS = ['allow', 'deny', 'error'] as const
export type Verdict = (typeof VERDICTS)[number]

/** Labels of upstream failures: causes on the upstream's side, and `other`. */
export const UPSTREAM_FAILURE_KINDS = [...UPSTREAM_CAUSES, 'other'] as const

/**
 * Kinds of failed authentication: no Authorization header, wrong credentials, credentials that were rejected by
 * the rate limiter without a check, or a request in the middle of the handshake of its connection.
 */
export const UNAUTHENTICATED_KINDS = ['missing', 'wrong', 'braked', 'interleaved'] as const
export type UnauthenticatedKind = (typeof UNAUTHENTICATED_KINDS)[number]

const SIGN_IN_RESULTS = ['authenticated', 'continue', ...UNAUTHENTICATED_KINDS] as const
export type SignInResult = (typeof SIGN_IN_RESULTS)[number]

/** Reasons why the history doesn't store a record individually: too many denials, or rejected by the database. */
export const HISTORY_DROPS = ['flood', 'rejected'] as const
export type HistoryDrop = (typeof HISTORY_DROPS)[number]

/** Subjects of the limits of requests per minute. */
export const THROTTLES = ['principal', 'role', 'control', 'journal'] as const
export type Throttle = (typeof THROTTLES)[number]

/** Reasons why spans are dropped: too many wait, or the collector hasn't received their batch. */
export const SPAN_DROPS = ['queue-full', 'not-exported'] as const
export type SpanDrop = (typeof SPAN_DROPS)[number]

/** Ways to sign in to the console. `break-glass`: an access key, although people sign in at an issuer. */
export const CONSOLE_SIGN_IN_KINDS = ['access-key', 'break-glass', 'person'] as const
export type ConsoleSignInKind = (typeof CONSOLE_SIGN_IN_KINDS)[number]

/** Checks of `/readyz`. A process that shuts down has only `draining`. */
export const CHECKS = [
  'policy',
  'content',
  'audit',
  'master-key',
  'memory',
  'upstream',
  'store',
  'cache',
  'mailboxes',
  'delivery',
  'disk',
  'certificate',
  'issuer',
  'directory',
  'draining',
] as const

/** Returns a function that returns values of the list unchanged, and one label for all others. */
function closed(list: readonly string[], other: string): (value: string | undefined) => string {
  const known: ReadonlySet<string | undefined> = new Set(list)
  return value => (value !== undefined && known.has(value) ? value : other)
}

export const operationLabel = closed([...Object.keys(OPERATIONS), 'AutoDiscover'], 'other')
export const outcomeLabel = closed(OUTCOMES, 'FAILED')
export const causeLabel = closed(CAUSES, 'none')
export const reasonLabel = closed(REASONS, 'none')
export const shadowLabel = closed(SHADOW_OUTCOMES, 'unknown')
export const verdictLabel = closed(VERDICTS, 'error')
export const upstreamFailureLabel = closed(UPSTREAM_FAILURE_KINDS, 'other')
export const historyDropLabel = closed(HISTORY_DROPS, 'rejected')
export const unauthenticatedLabel = closed(UNAUTHENTICATED_KINDS, 'wrong')
export const schemeLabel = closed(SCHEMES, 'none')
export const signInLabel = closed(SIGN_IN_RESULTS, 'wrong')
export const throttleLabel = closed(THROTTLES, 'principal')
export const spanDropLabel = closed(SPAN_DROPS, 'not-exported')
export const consoleSignInLabel = closed(CONSOLE_SIGN_IN_KINDS, 'person')
export const checkLabel = closed(CHECKS, 'other')
export const closedLabel = closed(CLOSED_KINDS, 'malformed')

/** Returns the label of a configured organization's ID, or `none`. */
export const organizationLabels = (ids: readonly string[]) => closed(ids, 'none')
