/**
 * Results of requests. A decision says whether a request may be served; its outcome, whether it was.
 *
 * @module
 */

/**
 * `ANSWERED`: the response is the upstream's and not a SOAP fault, or the gateway's own to an allowed request. `DENIED`: the
 * gateway denied or rejected the request. `FAILED`: the gateway or the upstream could not serve it.
 * `ABORTED`: the client left, the gateway cut the response, or its process ended.
 */
export const OUTCOMES = ['ANSWERED', 'DENIED', 'FAILED', 'ABORTED'] as const

export type Outcome = (typeof OUTCOMES)[number]

/** Causes of requests that failed or were aborted. */
export const CAUSES = [
  'dns',
  'refused',
  'tls',
  'closed',
  'timeout',
  'not-ews',
  'unauthorized',
  'throttled',
  'too-large',
  'upstream-fault',
  'audit',
  'store',
  'policy',
  'memory',
  'client-gone',
  'internal',
] as const

export type Cause = (typeof CAUSES)[number]
