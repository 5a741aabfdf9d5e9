/**
 * Reads the records of a journal's lines.
 *
 * @module
 */

import type { AuditRecord } from '../audit/audit.ts'
import { idOf, type JournalLine, type Position } from '../audit/reader.ts'
import { Rejected } from './history.ts'

/** A record of the journal, parsed and as text. */
export type JournalRecord = Readonly<{
  record: AuditRecord
  at: Position
  /** JSON of the record, without the hash of the previous batch. */
  line: string
}>

/** A position in the journal of one writer. */
export type Place = Readonly<{ segment: number; sequence: number }>

const TYPES: ReadonlySet<unknown> = new Set([
  'decision',
  'outcome',
  'change',
  'assume',
  'call',
] satisfies AuditRecord['type'][])

/** Start of the member with the hash of the previous batch, which is the last member of a batch's first record. */
const PREVIOUS = ',"previous":"'

export const isAfter = (one: Place, other: Place): boolean =>
  one.segment === other.segment ? one.sequence > other.sequence : one.segment > other.segment

/** Returns the record of a line; undefined if it is of another type. @throws Rejected if it is not JSON */
export function recordIn({ at, line }: JournalLine): JournalRecord | undefined {
  const record = parse(at, line)
  if (!TYPES.has(record.type)) return undefined
  const begins = record.previous !== undefined
  record.previous = undefined
  record.at = Date.parse(record.at)
  return { record, at, line: begins ? `${line.slice(0, line.lastIndexOf(PREVIOUS))}}` : line }
}

function parse(at: Position, line: string) {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new Rejected(`Record ${idOf(at)} of the audit journal is not JSON`, true, { cause })
  }
}
