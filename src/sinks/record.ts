/**
 * Reads and selects the records that a sink sends.
 *
 * @module
 */

import { idOf, type Lines, linesIn } from '../audit/reader.ts'
import type { Outcome } from '../model/outcome.ts'
import type { RecordType } from '../model/sink.ts'

/** Members of a record, as the journal has them. */
export type Members = Readonly<Record<string, unknown>>

/** A record of the journal. */
export type SinkRecord = Readonly<{
  /** ID of the record, which stays the same if the record is sent again. */
  id: string
  /** Number of its line in the segment. */
  sequence: number
  members: Members
}>

/** Which records a sink sends. */
export type Selection = Readonly<{
  types: readonly RecordType[]
  /** Absent if the outcome doesn't matter. */
  outcomes?: readonly Outcome[]
}>

/** Returns the selected records. Skips lines that another program has damaged, which `audit verify` reports. */
export function recordsIn(lines: Lines, selection: Selection): readonly SinkRecord[] {
  return linesIn(lines).flatMap(({ at, line }) => {
    const members = parse(line)
    if (members === undefined || !isSelected(members, selection)) return []
    return { id: idOf(at), sequence: at.sequence + 1, members }
  })
}

function isSelected(members: Members, { types, outcomes }: Selection): boolean {
  if (!types.some(type => type === members['type'])) return false
  const outcome = outcomeOf(members)
  return outcome === undefined || outcomes === undefined || outcomes.includes(outcome)
}

const OUTCOME_OF_VERDICT: Readonly<Record<string, Outcome>> = {
  allow: 'ANSWERED',
  pending: 'ANSWERED',
  deny: 'DENIED',
  error: 'FAILED',
}

/** Returns the outcome that a record has, or that its verdict leads to; undefined if it has neither. */
export function outcomeOf({ outcome, verdict }: Members): Outcome | undefined {
  if (typeof outcome === 'string') return outcome as Outcome
  return OUTCOME_OF_VERDICT[String(verdict)]
}

function parse(line: string): Members | undefined {
  try {
    const value = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
