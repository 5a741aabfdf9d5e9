/**
 * Reads and selects the records that a sink sends.
 *
 * @module
 */

import { idOf, type Lines, linesIn } from '../audit/reader.ts'
import type { Outcome } from '../model/outcome.ts'
import type { RecordType } from '../model/sink.ts'
import type { AlertDetector } from './alert.ts'
import { type Members, outcomeOf } from './members.ts'

/** A record of the journal. */
export type SinkRecord = Readonly<{
  /** ID of the record, which stays the same if the record is sent again. */
  id: string
  /** Number of its line in the segment. */
  sequence: number
  members: Members
  /** Kind of the alert that the record is. Absent if it is not an alert. */
  alert?: string
}>

/** Which records a sink sends. */
export type Selection = Readonly<{
  types: readonly RecordType[]
  /** Absent if the outcome doesn't matter. */
  outcomes?: readonly Outcome[]
}>

/** Returns the selected records. Skips lines that another program has damaged, which `audit verify` reports. */
export function recordsIn(
  lines: Lines,
  selection: Selection,
  alerts: AlertDetector,
): readonly SinkRecord[] {
  return linesIn(lines).flatMap(({ at, line }) => {
    const members = parse(line)
    if (members === undefined) return []
    const id = idOf(at)
    const alert = selection.types.includes('alert') ? alerts.alertOf(id, members) : undefined
    if (alert === undefined && !isSelected(members, selection)) return []
    return { id, sequence: at.sequence + 1, members, ...(alert !== undefined && { alert }) }
  })
}

function isSelected(members: Members, { types, outcomes }: Selection): boolean {
  if (!types.some(type => type === members['type'])) return false
  const outcome = outcomeOf(members)
  return outcome === undefined || outcomes === undefined || outcomes.includes(outcome)
}

function parse(line: string): Members | undefined {
  try {
    const value = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
