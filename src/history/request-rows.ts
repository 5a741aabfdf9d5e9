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

/** Beginning of a query for stored requests. The text after it is the condition on the decision ID. */
export const SELECT_REQUESTS = `select d.decision_id, cast(d.series_id as text) as series_id, source_address, asked, items, bytes,
      status, response_code, decided_ms, ended_ms, segment, sequence, byte_offset,
      ${[...DECISION_NUMBERS, ...OUTCOME_NUMBERS].join()},
      cast(members_id as text) as members_id, m.writer, m.members,
      cast(outcome_id as text) as outcome_id, e.members as outcome_members,
      record, r.outcome as outcome_line, place, organization_id, role_id, role_name,
      principal_id, user_id, mailbox, operation, verdict, reason, s.outcome, cause, rule, rule_name,
      shadow_version, shadow, shadow_reason
    from history_decisions d
    inner join history_series s on s.id = d.series_id
    left join history_members m on m.id = d.members_id
    left join history_members e on e.id = d.outcome_id
    left join history_records r on r.decision_id = d.decision_id
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
      id: textIn(row, 'members_id'),
      writer: textIn(row, 'writer') ?? '',
      text: textIn(row, 'members') ?? textIn(row, 'record') ?? '{}',
    },
  }
}

function outcomeIn(row: Row): StoredRecord | undefined {
  const text = textIn(row, 'outcome_members') ?? textIn(row, 'outcome_line')
  if (text === undefined) return undefined
  return {
    sinceId: Number(row['ended_ms']),
    numbers: OUTCOME_NUMBERS.map(column => numberIn(row, column)),
    members: { id: textIn(row, 'outcome_id'), writer: '', text },
  }
}

const textIn = (row: Row, column: string): string | undefined => {
  const value = row[column] ?? undefined
  return value === undefined ? undefined : String(value)
}

/** Returns the position of a decision record. Earlier versions have stored it as a text. */
function placeIn(row: Row): Position | undefined {
  const writer = textIn(row, 'writer')
  if (writer === undefined) return formerPlaceIn(textIn(row, 'place'))
  return {
    writer,
    segment: Number(row['segment']),
    sequence: Number(row['sequence']),
    offset: Number(row['byte_offset']),
  }
}

function formerPlaceIn(stored: string | undefined): Position | undefined {
  if (stored === undefined) return undefined
  const [writer = '', segment, number, offset] = stored.split('/')
  return {
    writer,
    segment: Number(segment),
    sequence: Number(number) - 1,
    offset: Number(offset),
  }
}

/** Returns the row of a request: {@link DECISION_COLUMNS}. */
export function requestRow(single: SingleDecision): readonly Value[] {
  const { decision, outcome, place } = single
  // Earlier versions have stored the place in another table.
  const stored = decision.members.id === undefined ? undefined : place
  return [
    single.decisionId,
    single.seriesId,
    single.sourceAddress,
    single.asked ?? null,
    single.items,
    single.bytes,
    single.status ?? null,
    single.responseCode ?? null,
    decision.members.id ?? null,
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
    stored?.segment ?? null,
    stored?.sequence ?? null,
    stored?.offset ?? null,
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
