/**
 * Writes a batch to the tables of the history.
 *
 * @module
 */

import { timeOfId } from '../model/decision-id.ts'
import type { Batch, Members, RollupIncrement, SingleChange, SingleDecision } from './history.ts'
import { DECISION_COLUMNS, requestRow } from './request-rows.ts'
import type { Transaction, Value } from './transaction.ts'

/** Writes rows in the order of their keys, so that two concurrent writers cannot deadlock. */
export async function writeBatch(transaction: Transaction, batch: Batch): Promise<void> {
  const { increments, totals, decisions } = batch
  await transaction.run({ text: INTO_SERIES, rows: seriesRows([...increments, ...totals]) })
  await transaction.run({ text: into('history_sums'), rows: inOrder(increments.map(sumRow)) })
  await transaction.run({ text: into('history_totals'), rows: inOrder(totals.map(sumRow)) })
  await transaction.run({ text: INTO_MEMBERS, rows: memberRows(decisions) })
  await transaction.run({ text: INTO_DECISIONS, rows: inOrder(decisions.map(requestRow)) })
  const changes = await writeChanges(transaction, batch.changes)
  await transaction.run({ text: INTO_RECORDS, rows: inOrder(changes.map(recordRow)) })
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
      mailbox, operation, verdict, reason, outcome, cause, rule, rule_name,
      shadow_version, shadow, shadow_reason, last_at) values ${values}
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
  `insert into history_decisions (${DECISION_COLUMNS.join()}) values ${values}
    on conflict (decision_id) do update set
      ${DECISION_COLUMNS.slice(1)
        .map(column => `${column} = excluded.${column}`)
        .join()}`

const INTO_MEMBERS = (values: string) =>
  `insert into history_members (id, writer, members, last_at) values ${values}
    on conflict (id) do update set last_at = ${later('history_members')}`

/**
 * Returns the statement that writes changes. A record of a successful change replaces one that says that the change
 * failed.
 */
const INTO_CHANGES = (values: string) =>
  `insert into history_changes (decision_id, organization_id, action, verdict, reason,
      principal_id, role_id, source_address, brief, object, part) values ${values}
    on conflict (decision_id) do update set
      action = excluded.action, verdict = excluded.verdict, reason = excluded.reason,
      principal_id = excluded.principal_id, role_id = excluded.role_id,
      source_address = excluded.source_address, brief = excluded.brief, object = excluded.object,
      part = excluded.part
    where history_changes.verdict = 'error' and excluded.verdict <> 'error'
    returning decision_id`

const INTO_RECORDS = (values: string) =>
  `insert into history_records (decision_id, record) values ${values}
    on conflict (decision_id) do update set record = excluded.record`

/** Returns one row for each series, because a statement cannot write the same row twice. */
function seriesRows(increments: readonly RollupIncrement[]): (readonly Value[])[] {
  const rows = new Map<string, readonly Value[]>()
  for (const { series, lastAt } of increments.toSorted((a, b) => a.lastAt - b.lastAt)) {
    const { id, organizationId, roleId, roleName, principalId, userId } = series
    const { mailbox, operation, verdict, reason, outcome, cause, rule, ruleName } = series
    const { shadowVersion, shadow, shadowReason } = series
    const whose = [organizationId, roleId, roleName, principalId, userId, mailbox]
    const what = [operation, verdict, reason, outcome, cause, rule, ruleName]
    rows.set(id, [id, ...whose, ...what, shadowVersion, shadow, shadowReason, lastAt])
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

/** Returns one row for the members of each record, because a statement cannot write the same row twice. */
function memberRows(decisions: readonly SingleDecision[]): (readonly Value[])[] {
  const latest = new Map<Members, string>()
  const note = (members: Members, decisionId: string) => {
    if (decisionId > (latest.get(members) ?? '')) latest.set(members, decisionId)
  }
  for (const { decisionId, decision, outcome } of decisions) {
    note(decision.members, decisionId)
    if (outcome) note(outcome.members, decisionId)
  }
  const rows = new Map<string, readonly Value[]>()
  for (const [{ id, writer, text }, decisionId] of [...latest].toSorted(byLatest))
    rows.set(id, [id, writer, text, timeOfId(decisionId)])
  return inOrder([...rows.values()])
}

const byLatest = ([, a]: readonly [unknown, string], [, b]: readonly [unknown, string]) =>
  a < b ? -1 : 1

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
  change.part,
]

const recordRow = ({ decisionId, record }: SingleChange) => [decisionId, record]

/** Sorts rows by their first two columns. */
const inOrder = (rows: (readonly Value[])[]) =>
  rows.sort(([a, x], [b, y]) => (a === b ? Number(x) - Number(y) : String(a) < String(b) ? -1 : 1))
