/**
 * Reads the stored requests from rows of the history.
 *
 * @module
 */

import type { Request } from './batch-collector.ts'
import type { Series } from './history.ts'
import type { Row } from './transaction.ts'

/** Beginning of a query for stored requests. The text after it is the condition on the decision ID. */
export const SELECT_REQUESTS = `select d.decision_id, cast(d.series_id as text) as series_id, source_address, asked, items, bytes,
      status, response_code, record, r.outcome as outcome_line, place, organization_id, role_id, role_name,
      principal_id, user_id, mailbox, operation, verdict, reason, s.outcome, cause, rule, rule_name
    from history_decisions d
    inner join history_series s on s.id = d.series_id
    inner join history_records r on r.decision_id = d.decision_id
    where d.decision_id`

/** Returns the request of a row. */
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
  }
  const given = (column: string) => (row[column] === null ? undefined : text(column))
  const single = {
    decisionId: text('decision_id'),
    seriesId: series.id,
    sourceAddress: text('source_address'),
    asked: given('asked'),
    items: Number(row['items']),
    bytes: Number(row['bytes']),
    status: row['status'] === null ? undefined : Number(row['status']),
    responseCode: given('response_code'),
    record: text('record'),
    outcome: given('outcome_line'),
    place: given('place'),
  }
  return { series, requests: 1, lastAt: 0, single }
}
