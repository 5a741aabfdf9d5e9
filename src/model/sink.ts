/**
 * Values with which an administrator selects the audit records of a sink, and their format.
 *
 * @module
 */

/** Types of audit records. An alert can also be a record of another type, such as the change that locks a role. */
export const RECORD_TYPES = [
  'decision',
  'outcome',
  'change',
  'assume',
  'call',
  'read',
  'snapshot',
  'checkpoint',
  'alert',
] as const

export type RecordType = (typeof RECORD_TYPES)[number]

/** Formats of a record. `ews-gateway`: the members of the journal, and the ID. `ocsf`: an event of OCSF. */
export const SINK_FORMATS = ['ews-gateway', 'ocsf'] as const

export type SinkFormat = (typeof SINK_FORMATS)[number]
