/**
 * Results of requests. The decision says whether a request may be served. The outcome says whether it was served.
 *
 * @module
 */

/**
 * `ANSWERED`: the response comes from the upstream and is not a SOAP fault, or the gateway itself answered an
 * allowed request. `DENIED`: the gateway denied or rejected the request. `FAILED`: the gateway or the upstream
 * could not serve it. `ABORTED`: the client disconnected, the gateway ended the response early, or its process
 * ended.
 */
export const OUTCOMES = ['ANSWERED', 'DENIED', 'FAILED', 'ABORTED'] as const

export type Outcome = (typeof OUTCOMES)[number]

/** Causes on the upstream's side. */
export const UPSTREAM_CAUSES = [
  'dns',
  'refused',
  'tls',
  'closed',
  'timeout',
  'not-ews',
  'unauthorized',
  'throttled',
  'too-large',
] as const

/** Causes of requests that failed or were aborted. */
export const CAUSES = [
  ...UPSTREAM_CAUSES,
  'upstream-fault',
  'audit',
  'store',
  'policy',
  'memory',
  'client-gone',
  'internal',
] as const

export type Cause = (typeof CAUSES)[number]
