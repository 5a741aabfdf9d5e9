/**
 * Converts records of requests to the form that the history stores, and back.
 *
 * Members that differ between requests have columns, and so have the members of a series. The text of all others is
 * stored once for all records that share it. Folder and item IDs stay in the journal, which has up to 200 of them for
 * each request. The history keeps the position of the record in the journal.
 *
 * @module
 */

import { timeOfId } from '../model/decision-id.ts'
import type { Members, Series, SingleDecision, StoredRecord } from './history.ts'
import { type Common, NUMBERS, type RequestRecord } from './journal-record.ts'
import { hashOf } from './rows.ts'

/** Values of columns, by the names of the record's members. An empty text represents an absent member. */
type Columns = Readonly<Record<string, string | number | undefined>>

/** Members that the history doesn't store at all. */
const LEFT_OUT: ReadonlySet<string> = new Set(['type', 'folders', 'items'])

type DecisionColumns = Pick<SingleDecision, 'sourceAddress'>
type OutcomeColumns = Pick<SingleDecision, 'status' | 'responseCode'>

/** Members that were written last, by the record that has them. Most records share them with others. */
const latest = new WeakMap<Common, Members>()

export const storedDecision = (
  { receivedAt, at, numbers, common, place }: RequestRecord,
  series: Series,
  single: DecisionColumns,
): StoredRecord => ({
  sinceId: at - receivedAt,
  numbers,
  members: membersOf(common, place.writer, () => columnsOfDecision(series, single)),
})

export const storedOutcome = (
  { receivedAt, at, numbers, common }: RequestRecord,
  series: Series,
  single: OutcomeColumns,
): StoredRecord => ({
  sinceId: at - receivedAt,
  numbers,
  members: membersOf(common, '', () => columnsOfOutcome(series, single)),
})

function membersOf(common: Common, writer: string, columns: () => Columns): Members {
  const known = latest.get(common)
  if (known?.writer === writer) return known
  const text = restOf(common, columns())
  const members = { id: hashOf(`${writer}\n${text}`), writer, text }
  latest.set(common, members)
  return members
}

/** Returns a decision record as in the journal, except for the folder and item IDs. */
export const wholeDecision = (series: Series, single: SingleDecision): Whole =>
  wholeOf('decision', single.decisionId, single.decision, columnsOfDecision(series, single))

/** Returns an outcome record as in the journal; undefined if there is none yet. */
export const wholeOutcome = (series: Series, single: SingleDecision): Whole | undefined =>
  single.outcome &&
  wholeOf('outcome', single.decisionId, single.outcome, columnsOfOutcome(series, single))

type Whole = Readonly<Record<string, unknown>>

const columnsOfDecision = (series: Series, single: DecisionColumns): Columns => ({
  sourceAddress: single.sourceAddress,
  organizationId: series.organizationId,
  principalId: series.principalId,
  roleId: series.roleId,
  roleName: series.roleName,
  userId: series.userId,
  userAddress: series.mailbox,
  operation: series.operation,
  verdict: series.verdict,
  reason: series.reason,
  ruleName: series.ruleName,
})

const columnsOfOutcome = (series: Series, single: OutcomeColumns): Columns => ({
  status: single.status,
  responseCode: single.responseCode,
  outcome: series.outcome,
  cause: series.cause,
})

/**
 * Returns the members that have no column, as JSON. A member is null if its column has a value that the record
 * lacks.
 */
function restOf(record: Readonly<Record<string, unknown>>, columns: Columns): string {
  const rest: Record<string, unknown> = {}
  for (const name in record)
    if (!LEFT_OUT.has(name) && (record[name] !== columns[name] || record[name] === ''))
      rest[name] = record[name]
  for (const name in columns)
    if (record[name] === undefined && isGiven(columns[name])) rest[name] = null
  return JSON.stringify(rest)
}

function wholeOf(
  type: 'decision' | 'outcome',
  decisionId: string,
  { sinceId, numbers, members }: StoredRecord,
  columns: Columns,
): Whole {
  const rest = JSON.parse(members.text)
  const named = NUMBERS[type].map((name, n) => [name, numbers[n]] as const)
  const given = [...Object.entries(columns), ...named].filter(([, value]) => isGiven(value))
  const at = rest.at ?? timeOfId(decisionId) + sinceId
  const whole = { type, at: '', decisionId, ...Object.fromEntries(given), ...rest }
  whole.at = new Date(at).toISOString()
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null))
}

const isGiven = (value: unknown) => value !== undefined && value !== ''
