/**
 * Converts records of requests to the form that the history stores: only the members that have no column.
 *
 * Folder and item IDs stay in the journal, which has up to 200 of them for each request. The history keeps the
 * position of the record in the journal.
 *
 * @module
 */

import type { DecisionRecord, OutcomeRecord } from '../audit/audit.ts'
import { idOf, type Position } from '../audit/reader.ts'
import type { Series, SingleDecision } from './history.ts'

/** Members of a record by name. */
type Members = Readonly<Record<string, unknown>>

/** Values of columns, by the names of the record's members. An empty text represents an absent member. */
type Columns = Readonly<Record<string, string | number | undefined>>

/** Members that the history doesn't store at all. */
const LEFT_OUT: ReadonlySet<string> = new Set(['type', 'folders', 'items'])

type DecisionColumns = Pick<SingleDecision, 'decisionId' | 'sourceAddress' | 'items'>

/** No number of items in a request. The outcome can change the column, so a record always keeps its own number. */
const NO_ITEMS = -1
type OutcomeColumns = Pick<SingleDecision, 'decisionId' | 'status' | 'responseCode'>

export const storedDecision = (
  record: DecisionRecord,
  series: Series,
  single: Omit<DecisionColumns, 'items'>,
): string => restOf(record, columnsOfDecision(series, { ...single, items: NO_ITEMS }))

export const storedOutcome = (
  record: OutcomeRecord,
  series: Series,
  single: OutcomeColumns,
): string => restOf(record, columnsOfOutcome(series, single))

/**
 * Returns a decision record as in the journal, except for the folder and item IDs.
 *
 * @param stored - text of {@link storedDecision}
 */
export const wholeDecision = (stored: string, series: Series, single: DecisionColumns): Members =>
  wholeOf('decision', stored, columnsOfDecision(series, single))

/** Returns an outcome record as in the journal. @param stored - text of {@link storedOutcome} */
export const wholeOutcome = (stored: string, series: Series, single: OutcomeColumns): Members =>
  wholeOf('outcome', stored, columnsOfOutcome(series, single))

/** Returns a position in the journal as text. */
export const storedPlace = (at: Position): string => `${idOf(at)}/${at.offset}`

/** Returns the position in a text. @param stored - text of {@link storedPlace} */
export function placeIn(stored: string): Position {
  const [writer = '', segment, number, offset] = stored.split('/')
  return {
    writer,
    segment: Number(segment),
    sequence: Number(number) - 1,
    offset: Number(offset),
  }
}

const columnsOfDecision = (series: Series, single: DecisionColumns): Columns => ({
  decisionId: single.decisionId,
  sourceAddress: single.sourceAddress,
  organizationId: series.organizationId,
  principalId: series.principalId,
  roleId: series.roleId,
  roleName: series.roleName,
  userId: series.userId,
  userAddress: series.mailbox,
  operation: series.operation,
  itemCount: single.items,
  verdict: series.verdict,
  reason: series.reason,
  ruleName: series.ruleName,
})

const columnsOfOutcome = (series: Series, single: OutcomeColumns): Columns => ({
  decisionId: single.decisionId,
  status: single.status,
  responseCode: single.responseCode,
  outcome: series.outcome,
  cause: series.cause,
})

/**
 * Returns the members that have no column, as JSON. A member is null if its column has a value that the record
 * lacks.
 */
function restOf(record: Members, columns: Columns): string {
  const rest: Record<string, unknown> = {}
  for (const name in record)
    if (!LEFT_OUT.has(name) && (record[name] !== columns[name] || record[name] === ''))
      rest[name] = record[name]
  for (const name in columns)
    if (record[name] === undefined && isGiven(columns[name])) rest[name] = null
  return JSON.stringify(rest)
}

function wholeOf(type: string, stored: string, columns: Columns): Members {
  const rest = JSON.parse(stored)
  // Records of earlier versions were stored completely.
  if (rest.type !== undefined) return rest
  const given = Object.entries(columns).filter(([, value]) => isGiven(value))
  const members = { type, at: '', ...Object.fromEntries(given), ...rest }
  members.at = new Date(rest.at).toISOString()
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}

const isGiven = (value: unknown) => value !== undefined && value !== ''
