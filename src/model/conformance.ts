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
  'read-mixed-id',
  'save-without-folder',
  'save-without-disposition',
  'read-draft',
  'read-meeting',
  'attach',
  'update-without-disposition',
  'write-stale',
  'send-stale',
  'send-as',
  'impersonate-unknown',
  'impersonate-ungranted',
  'subscribe',
  'subscribe-member',
  'large-body',
] as const

export type ProbeName = (typeof PROBES)[number]

/**
 * Words for what the content of a response to a probe shows. `save-without-folder`: the folder in which the item is; none of these
 * is another folder. `read-draft`: that the item is marked as a draft. `read-meeting`: elements and MAPI properties that name the
 * organizer of a new event. `attach`: that the response has the ID and the new ChangeKey of the item.
 */
export const SHOWN = {
  'save-without-folder': ['drafts', 'outbox'],
  'read-draft': ['draft'],
  'read-meeting': ['Organizer', 'Sender', '0x0C19', '0x0C1F', '0x5D01'],
  attach: ['root-item'],
} as const satisfies Partial<Record<ProbeName, readonly string[]>>

export type ShowingProbe = keyof typeof SHOWN

/**
 * Result of a probe. `none`: the server gave no EWS response, and `code` is the cause of that failure. `skipped`: the
 * probe was not sent, because it needs an argument that was not given, IDs of grommunio, or another probe that failed.
 */
export type ProbeResult =
  | Readonly<{
      form: 'response' | 'fault'
      status: number
      code: string
      /** Words of {@link SHOWN}, in their order. Absent for other probes and for errors. */
      shows?: readonly string[]
    }>
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
