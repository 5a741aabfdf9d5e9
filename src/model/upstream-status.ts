/**
 * State of an upstream.
 *
 * @module
 */

import type { Cause } from './outcome.ts'

/**
 * `degraded`: some requests fail. `down`: all recent requests have failed, or the check at startup has.
 * `credentials-rejected`: the gateway sends no requests, except for one from time to time to test the credentials.
 */
export const UPSTREAM_STATES = [
  'unknown',
  'up',
  'degraded',
  'down',
  'credentials-rejected',
] as const

export type UpstreamState = (typeof UPSTREAM_STATES)[number]

/** Failure that an operator must know about. */
export type UpstreamTrouble = Readonly<{
  cause: Cause
  message: string
  /** Advice for an operator, with the same text as in `check-upstream`. */
  remedy: string
}>

/** State of an upstream, and its last failure. */
export type UpstreamStatus = Readonly<{
  state: UpstreamState
  /** Time of the last transition, in milliseconds. */
  since: number
  /** Last failure. Absent while the upstream is up, and before the first result. */
  trouble?: UpstreamTrouble
}>
