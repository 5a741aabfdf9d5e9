/**
 * Reads the records of a journal's lines.
 *
 * @module
 */

import type { AuditRecord } from '../audit/audit.ts'
import type { JournalLine } from '../audit/reader.ts'
import { Rejected } from './history.ts'

/** A record of the journal, as value and as text. */
export type JournalRecord = Readonly<{
  record: AuditRecord
  /** JSON, without the hash of the batch before. */
  line: string
}>

/** A place in the journal of one writer. */
export type Place = Readonly<{ segment: number; sequence: number }>

const TYPES: ReadonlySet<unknown> = new Set([
  'decision',
  'outcome',
  'change',
  'assume',
  'call',
] satisfies AuditRecord['type'][])

/** Begins the hash of the batch before, which is the last member of a batch's first record. */
const PREVIOUS = ',"previous":"'

/** Returns the place of a line, from its record ID. */
export function placeOf({ id }: JournalLine): Place {
  const [, segment, sequence] = id.split('/')
  return { segment: Number(segment), sequence: Number(sequence) }
}

export const isAfter = (one: Place, other: Place): boolean =>
  one.segment === other.segment ? one.sequence > other.sequence : one.segment > other.segment

/** Returns the record of a line; undefined if it is of another type. @throws Rejected if it is not JSON */
export function recordIn({ id, line }: JournalLine): JournalRecord | undefined {
  const { previous, ...record } = parse(id, line)
  if (!TYPES.has(record.type)) return undefined
  return {
    record: { ...record, at: Date.parse(record.at) },
    line: previous === undefined ? line : `${line.slice(0, line.lastIndexOf(PREVIOUS))}}`,
  }
}

function parse(id: string, line: string) {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new Rejected(`Record ${id} of the audit journal is not JSON`, true, { cause })
  }
}
