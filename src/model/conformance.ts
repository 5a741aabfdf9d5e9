/**
 * Report about the behavior of an EWS server. It contains no mail content, address, ID, or name of a server, so
 * administrators can publish it. The sandbox can imitate the server of a report.
 *
 * @module
 */

import type { ServerKind } from './server-kind.ts'
import type { ServerVersion } from './server-version.ts'

/** Requests of the conformance check, in their order. */
export const PROBES = [
  'read-folder',
  'find-items',
  'time-zones',
  'read-other-folder',
  'read-foreign-id',
  'write-other-folder',
  'delete-foreign-id',
  'write-stale',
  'send-as',
  'impersonate-unknown',
  'impersonate-ungranted',
  'subscribe',
  'subscribe-member',
  'large-body',
] as const

export type ProbeName = (typeof PROBES)[number]

/**
 * Result of a probe. `none`: the server gave no EWS response, and `code` is the cause of that failure. `skipped`: the
 * probe was not sent, because it needs an argument that was not given or another probe that failed.
 */
export type ProbeResult =
  | Readonly<{ form: 'response' | 'fault'; status: number; code: string }>
  | Readonly<{ form: 'none'; code: string }>
  | Readonly<{ form: 'skipped' }>

/** Report of a conformance check. */
export type ConformanceReport = Readonly<{
  /** Version of the format of the report. */
  format: 1
  /** Configured kind of the server. */
  kind: ServerKind
  /** Version that the server names, if it names one. */
  version: ServerVersion | null
  /** Whether a folder ID tells which mailbox the folder belongs to. */
  ids: 'mailbox' | 'opaque'
  /** Names of the affinity cookies that the server set, in lower case and sorted. */
  affinityCookies: readonly string[]
  /** Size of the request of the probe `large-body`. */
  largeBodyBytes: number
  probes: Readonly<Record<ProbeName, ProbeResult>>
  /** Whether the check removed everything that it created. */
  isClean: boolean
}>
