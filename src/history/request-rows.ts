/**
 * Reads and writes the stored requests as rows of the history.
 *
 * @module
 */

import type { Position } from '../audit/reader.ts'
import { timeOfId } from '../model/decision-id.ts'
import type { Request } from './batch-collector.ts'
import type { Series, SingleDecision, StoredRecord } from './history.ts'
import type { Row, Value } from './transaction.ts'

const DECISION_NUMBERS = ['knowledge_age_ms', 'item_count'] as const
const OUTCOME_NUMBERS = [
  'request_bytes',
  'response_bytes',
  'duration_ms',
  'upstream_ms',
  'answered_items',
] as const

/** Columns of the records of a request. */
export const STORED = [
  'members_id',
  'decided_ms',
  ...DECISION_NUMBERS,
  'outcome_id',
  'ended_ms',
  ...OUTCOME_NUMBERS,
  'segment',
  'sequence',
  'byte_offset',
] as const

/** Columns of {@link STORED} that are null if a record lacks the number, or before there is an outcome. */
export const MEASURED: ReadonlySet<string> = new Set([
  ...DECISION_NUMBERS,
  'outcome_id',
  'ended_ms',
  ...OUTCOME_NUMBERS,
])

/** Beginning of a query for stored requests. The text after it is the condition on the decision ID. */
export const SELECT_REQUESTS = `select d.decision_id, cast(d.series_id as text) as series_id, source_address, asked, items, bytes,
      status, response_code, decided_ms, ended_ms, segment, sequence, byte_offset,
      ${[...DECISION_NUMBERS, ...OUTCOME_NUMBERS].join()},
      cast(members_id as text) as members_id, m.writer, m.members,
      cast(outcome_id as text) as outcome_id, e.members as outcome_members,
      organization_id, role_id, role_name,
      principal_id, user_id, mailbox, operation, verdict, reason, s.outcome, cause, rule, rule_name,
      shadow_version, shadow, shadow_reason
    from history_decisions d
    inner join history_series s on s.id = d.series_id
    inner join history_members m on m.id = d.members_id
    left join history_members e on e.id = d.outcome_id
    where d.decision_id`

export function requestIn(row: Row): Request {
  const text = (column: string) => String(row[column])
  const series = {
    id: text('series_id'),
    organizationId: text('organization_id'),
    roleId: text('role_id'),
    roleName: text('role_name'),
    principalId: text('principal_id'),
    userId: text('user_id'),
    mailbox: text('mailbox'),
    operation: text('operation'),
    verdict: text('verdict') as Series['verdict'],
    reason: text('reason'),
    outcome: text('outcome') as Series['outcome'],
    cause: text('cause') as Series['cause'],
    rule: text('rule'),
    ruleName: text('rule_name'),
    shadowVersion: text('shadow_version'),
    shadow: text('shadow') as Series['shadow'],
    shadowReason: text('shadow_reason'),
  }
  const given = (column: string) => (row[column] === null ? undefined : text(column))
  const single = {
    decisionId: text('decision_id'),
    seriesId: series.id,
    sourceAddress: text('source_address'),
    asked: given('asked'),
    items: Number(row['items']),
    bytes: Number(row['bytes']),
    status: numberIn(row, 'status'),
    responseCode: given('response_code'),
    decision: decisionIn(row),
    outcome: outcomeIn(row),
    place: placeIn(row),
  }
  return { series, requests: 1, receivedAt: timeOfId(single.decisionId), lastAt: 0, single }
}

function numberIn(row: Row, column: string): number | undefined {
  const value = row[column] ?? undefined
  return value === undefined ? undefined : Number(value)
}

function decisionIn(row: Row): StoredRecord {
  return {
    sinceId: Number(row['decided_ms']),
    numbers: DECISION_NUMBERS.map(column => numberIn(row, column)),
    members: {
      id: String(row['members_id']),
      writer: String(row['writer']),
      text: String(row['members']),
    },
  }
}

function outcomeIn(row: Row): StoredRecord | undefined {
  const id = textIn(row, 'outcome_id')
  const text = textIn(row, 'outcome_members')
  if (id === undefined || text === undefined) return undefined
  return {
    sinceId: Number(row['ended_ms']),
    numbers: OUTCOME_NUMBERS.map(column => numberIn(row, column)),
    members: { id, writer: '', text },
  }
}

const textIn = (row: Row, column: string): string | undefined => {
  const value = row[column] ?? undefined
  return value === undefined ? undefined : String(value)
}

/** Returns the position of a decision record. */
const placeIn = (row: Row): Position => ({
  writer: String(row['writer']),
  segment: Number(row['segment']),
  sequence: Number(row['sequence']),
  offset: Number(row['byte_offset']),
})

/** Returns the row of a request: {@link DECISION_COLUMNS}. */
export function requestRow(single: SingleDecision): readonly Value[] {
  const { decision, outcome, place } = single
  return [
    single.decisionId,
    single.seriesId,
    single.sourceAddress,
    single.asked ?? null,
    single.items,
    single.bytes,
    single.status ?? null,
    single.responseCode ?? null,
    decision.members.id,
    decision.sinceId,
    decision.numbers[0] ?? null,
    decision.numbers[1] ?? null,
    outcome?.members.id ?? null,
    outcome?.sinceId ?? null,
    outcome?.numbers[0] ?? null,
    outcome?.numbers[1] ?? null,
    outcome?.numbers[2] ?? null,
    outcome?.numbers[3] ?? null,
    outcome?.numbers[4] ?? null,
    place.segment,
    place.sequence,
    place.offset,
  ]
}

/** Columns of {@link requestRow}. */
export const DECISION_COLUMNS = [
  'decision_id',
  'series_id',
  'source_address',
  'asked',
  'items',
  'bytes',
  'status',
  'response_code',
  ...STORED,
] as const
