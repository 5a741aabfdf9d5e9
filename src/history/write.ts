/**
 * Writes a batch to the tables of the history.
 *
 * @module
 */

import type { Batch, RollupIncrement, SingleChange, SingleDecision } from './history.ts'
import type { Transaction, Value } from './transaction.ts'

/** Writes rows in the order of their keys, so that two concurrent writers cannot deadlock. */
export async function writeBatch(transaction: Transaction, batch: Batch): Promise<void> {
  const { increments, totals, decisions } = batch
  await transaction.run({ text: INTO_SERIES, rows: seriesRows([...increments, ...totals]) })
  await transaction.run({ text: into('history_sums'), rows: inOrder(increments.map(sumRow)) })
  await transaction.run({ text: into('history_totals'), rows: inOrder(totals.map(sumRow)) })
  await transaction.run({ text: INTO_DECISIONS, rows: inOrder(decisions.map(decisionRow)) })
  const changes = await writeChanges(transaction, batch.changes)
  const records = [...decisions, ...changes].map(recordRow)
  await transaction.run({ text: INTO_RECORDS, rows: inOrder(records) })
}

/** Writes changes. Returns those that were written. Another gateway can have written some of them before. */
async function writeChanges(
  transaction: Transaction,
  changes: readonly SingleChange[],
): Promise<readonly SingleChange[]> {
  const rows = inOrder(changes.map(changeRow))
  const written = await transaction.run({ text: INTO_CHANGES, rows })
  const ids = new Set(written.map(row => row['decision_id']))
  return changes.filter(({ decisionId }) => ids.has(decisionId))
}

const INTO_SERIES = (values: string) =>
  `insert into history_series (id, organization_id, role_id, role_name, principal_id, user_id,
      mailbox, operation, verdict, reason, outcome, cause, rule, rule_name, last_at) values ${values}
    on conflict (id) do update set last_at = ${later('history_series')}`

const into = (table: string) => (values: string) =>
  `insert into ${table} (series_id, hour, requests, items, bytes, singles, last_at)
      values ${values}
    on conflict (series_id, hour) do update set
      requests = ${table}.requests + excluded.requests,
      items = ${table}.items + excluded.items,
      bytes = ${table}.bytes + excluded.bytes,
      singles = ${table}.singles + excluded.singles,
      last_at = ${later(table)}`

const later = (table: string) =>
  `case when excluded.last_at > ${table}.last_at then excluded.last_at else ${table}.last_at end`

const INTO_DECISIONS = (values: string) =>
  `insert into history_decisions (decision_id, series_id, source_address, asked, items, bytes,
      status, response_code) values ${values}
    on conflict (decision_id) do update set
      series_id = excluded.series_id, source_address = excluded.source_address,
      asked = excluded.asked, items = excluded.items, bytes = excluded.bytes,
      status = excluded.status, response_code = excluded.response_code`

/**
 * Returns the statement that writes changes. A record of a successful change replaces one that says that the change
 * failed.
 */
const INTO_CHANGES = (values: string) =>
  `insert into history_changes (decision_id, organization_id, action, verdict, reason,
      principal_id, role_id, source_address, brief, object) values ${values}
    on conflict (decision_id) do update set
      action = excluded.action, verdict = excluded.verdict, reason = excluded.reason,
      principal_id = excluded.principal_id, role_id = excluded.role_id,
      source_address = excluded.source_address, brief = excluded.brief, object = excluded.object
    where history_changes.verdict = 'error' and excluded.verdict <> 'error'
    returning decision_id`

const INTO_RECORDS = (values: string) =>
  `insert into history_records (decision_id, record, outcome, place) values ${values}
    on conflict (decision_id) do update set
      record = excluded.record, outcome = excluded.outcome, place = excluded.place`

/** Returns one row for each series, because a statement cannot write the same row twice. */
function seriesRows(increments: readonly RollupIncrement[]): (readonly Value[])[] {
  const rows = new Map<string, readonly Value[]>()
  for (const { series, lastAt } of increments.toSorted((a, b) => a.lastAt - b.lastAt)) {
    const { id, organizationId, roleId, roleName, principalId, userId } = series
    const { mailbox, operation, verdict, reason, outcome, cause, rule, ruleName } = series
    const whose = [organizationId, roleId, roleName, principalId, userId, mailbox]
    const what = [operation, verdict, reason, outcome, cause, rule, ruleName]
    rows.set(id, [id, ...whose, ...what, lastAt])
  }
  return inOrder([...rows.values()])
}

const sumRow = ({ series, hour, requests, items, bytes, singles, lastAt }: RollupIncrement) => [
  series.id,
  hour,
  requests,
  items,
  bytes,
  singles,
  lastAt,
]

const decisionRow = (decision: SingleDecision) => [
  decision.decisionId,
  decision.seriesId,
  decision.sourceAddress,
  decision.asked ?? null,
  decision.items,
  decision.bytes,
  decision.status ?? null,
  decision.responseCode ?? null,
]

const changeRow = (change: SingleChange) => [
  change.decisionId,
  change.organizationId,
  change.action,
  change.verdict,
  change.reason,
  change.principalId,
  change.roleId,
  change.sourceAddress,
  change.brief ? 1 : 0,
  change.object === undefined ? null : JSON.stringify(change.object),
]

const recordRow = (single: SingleDecision | SingleChange) => [
  single.decisionId,
  single.record,
  ('outcome' in single ? single.outcome : undefined) ?? null,
  ('place' in single ? single.place : undefined) ?? null,
]

/** Sorts rows by their first two columns. */
const inOrder = (rows: (readonly Value[])[]) =>
  rows.sort(([a, x], [b, y]) => (a === b ? Number(x) - Number(y) : String(a) < String(b) ? -1 : 1))
