/**
 * A batch as rows.
 *
 * @module
 */

import { type Bulk, pack, type Value } from './bulk.ts'
import type { Batch, Piece, SingleChange, SingleDecision, Tally } from './history.ts'

/** Changes a row where this batch has not been written yet. */
export const guardOf = ({ writer, number, at }: Batch): Bulk =>
  bulk(
    values =>
      `insert into history_writers (writer, number, at) values ${values}
        on conflict (writer) do update set number = excluded.number, at = excluded.at
        where history_writers.number < excluded.number`,
    [[writer, number, at]],
  )

/** Decisions as they wait for their batch. */
export const rowsOf = (
  decisions: readonly SingleDecision[],
): Pick<Piece, 'decisions' | 'records'> => ({
  decisions: pack(decisions.map(decisionRow)),
  records: pack(decisions.map(recordRow)),
})

/** In the order of their keys, so that two who write at once do not hold each other up for ever. */
export function statementsOf({ tallies, totals, decisions, changes }: Batch): readonly Bulk[] {
  const recordsOfChanges = changes.length === 0 ? [] : [pack(changes.map(recordRow))]
  const statements: readonly Bulk[] = [
    bulk(INTO_SERIES, seriesRows([...tallies, ...totals])),
    bulk(into('history_sums'), inOrder(tallies.map(sumRow))),
    bulk(into('history_totals'), inOrder(totals.map(sumRow))),
    { text: INTO_DECISIONS, width: 8, rows: decisions.map(piece => piece.decisions) },
    bulk(INTO_CHANGES, changes.map(changeRow)),
    {
      text: INTO_RECORDS,
      width: 3,
      rows: [...decisions.map(piece => piece.records), ...recordsOfChanges],
    },
  ]
  return statements.filter(({ rows }) => rows.length > 0)
}

const bulk = (text: Bulk['text'], rows: readonly (readonly Value[])[]): Bulk => ({
  text,
  width: rows[0]?.length ?? 0,
  rows: rows.length === 0 ? [] : [pack(rows)],
})

const INTO_SERIES = (values: string) =>
  `insert into history_series (id, organization_id, role_id, role_name, principal_id, user_id,
      mailbox, operation, verdict, reason, outcome, cause, last_at) values ${values}
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
      series_id = excluded.series_id, items = excluded.items, bytes = excluded.bytes,
      status = excluded.status, response_code = excluded.response_code`

const INTO_CHANGES = (values: string) =>
  `insert into history_changes (decision_id, organization_id, action, verdict, reason,
      principal_id, role_id, source_address, brief) values ${values}
    on conflict (decision_id) do nothing`

const INTO_RECORDS = (values: string) =>
  `insert into history_records (decision_id, record, outcome) values ${values}
    on conflict (decision_id) do update set record = excluded.record, outcome = excluded.outcome`

/** One of each series: a statement cannot change a row twice. */
function seriesRows(tallies: readonly Tally[]): (readonly Value[])[] {
  const rows = new Map<string, readonly Value[]>()
  for (const { series, lastAt } of tallies.toSorted((a, b) => a.lastAt - b.lastAt)) {
    const { id, organizationId, roleId, roleName, principalId, userId } = series
    const { mailbox, operation, verdict, reason, outcome, cause } = series
    const whose = [organizationId, roleId, roleName, principalId, userId, mailbox]
    rows.set(id, [id, ...whose, operation, verdict, reason, outcome, cause, lastAt])
  }
  return inOrder([...rows.values()])
}

const sumRow = ({ series, hour, requests, items, bytes, singles, lastAt }: Tally) => [
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
]

const recordRow = (single: SingleDecision | SingleChange) => [
  single.decisionId,
  single.record,
  ('outcome' in single ? single.outcome : undefined) ?? null,
]

/** By the first two columns, series and hour. */
const inOrder = (rows: (readonly Value[])[]) =>
  rows.sort(([a, x], [b, y]) => (a === b ? Number(x) - Number(y) : String(a) < String(b) ? -1 : 1))
