/**
 * Writes lines of the journal to the history, with their position, in one transaction. The row of the position is
 * locked, so if two processes have the same lines, only one counts them.
 *
 * @module
 */

import { type Lines, linesIn } from '../audit/reader.ts'
import { firstIdAt, hourOf, startOf, timeOfId } from '../model/decision-id.ts'
import {
  BatchCollector,
  type Request,
  refusalKey,
  type StoredRequests,
  WRONG_CREDENTIALS,
} from './batch-collector.ts'
import { isAfter, type JournalRecord, type Place, RecordMemory } from './journal-record.ts'
import { requestIn, SELECT_REQUESTS } from './request-rows.ts'
import { SeriesMemory } from './rows.ts'
import type { Statement, Transaction } from './transaction.ts'
import { writeBatch } from './write.ts'

/** Caches that batches share. */
export type Memories = Readonly<{ series: SeriesMemory; records: RecordMemory }>

/** Returns empty caches for a database. */
export const newMemories = (): Memories => ({
  series: new SeriesMemory(SERIES),
  records: new RecordMemory(RECORDS),
})

/** Maximum number of cached series. */
const SERIES = 100_000

/** Maximum number of cached texts of records, each of up to a few kilobytes. */
const RECORDS = 4_096

/**
 * Writes lines after the stored position, and skips lines before it.
 *
 * @param organizationId - organization for decisions about unknown callers. If absent, these are not stored
 * @returns the number of denials that are only counted
 * @throws Rejected if a record is damaged
 */
export async function consumeLines(
  transaction: Transaction,
  { series, records: memory }: Memories,
  lines: Lines,
  organizationId: string | undefined,
): Promise<number> {
  const { end } = lines
  const stored = await lockPosition(transaction, end.writer)
  if (!isAfter(end, stored)) return 0
  const records: JournalRecord[] = []
  for (const line of linesIn(lines)) {
    const record = isAfter(stored, line.at) ? undefined : memory.recordIn(line)
    if (record !== undefined) records.push(record)
  }
  const existing = {
    requests: await readRequests(transaction, records),
    refusals: await readRefusals(transaction, records),
  } satisfies StoredRequests
  const collector = new BatchCollector(existing, series, organizationId)
  for (const record of records) collector.add(record)
  const batch = collector.batch()
  await writeBatch(transaction, batch)
  await transaction.run({
    text: INTO_POSITIONS,
    rows: [[end.writer, end.segment, end.sequence, end.offset]],
  })
  return batch.flood
}

async function lockPosition(transaction: Transaction, writer: string): Promise<Place> {
  const [row] = await transaction.run({ text: LOCK_POSITION, rows: [[writer, 0, 0, 0]] })
  return { segment: Number(row?.['segment']), sequence: Number(row?.['sequence']) }
}

const LOCK_POSITION = (values: string) =>
  `insert into history_positions (writer, segment, sequence, byte_offset) values ${values}
    on conflict (writer) do update set writer = excluded.writer
    returning segment, sequence`

const INTO_POSITIONS = (values: string) =>
  `insert into history_positions (writer, segment, sequence, byte_offset) values ${values}
    on conflict (writer) do update set segment = excluded.segment,
      sequence = excluded.sequence, byte_offset = excluded.byte_offset`

/** Reads the stored requests to which some records belong. */
async function readRequests(
  transaction: Transaction,
  records: readonly JournalRecord[],
): Promise<ReadonlyMap<string, Request>> {
  const [newest] = await transaction.run(NEWEST)
  // IDs sort by time, so most are newer than all stored ones.
  const last = String(newest?.['decision_id'] ?? '')
  const ids = new Set<string>()
  for (const record of records)
    if ('common' in record && record.decisionId <= last) ids.add(record.decisionId)
  await lockRequests(transaction, ids)
  const rows = await transaction.run({ text: REQUESTS, rows: [...ids].map(id => [id]) })
  return new Map(rows.map(row => [String(row['decision_id']), requestIn(row)]))
}

const NEWEST: Statement = {
  text: () => 'select decision_id from history_decisions order by decision_id desc limit 1',
  rows: [[]],
}

/**
 * Waits for other transactions that change the same requests: another process can write an outcome of a request whose
 * own process is only silent. The order of the rows prevents a deadlock.
 */
async function lockRequests(
  { forUpdate, run }: Transaction,
  ids: ReadonlySet<string>,
): Promise<void> {
  if (forUpdate === undefined) return
  const text = (values: string) =>
    `select decision_id from history_decisions where decision_id in (${values}) order by decision_id ${forUpdate}`
  await run({ text, rows: [...ids].sort().map(id => [id]) })
}

const REQUESTS = (values: string) => `${SELECT_REQUESTS} in (${values})`

/** Counts the stored denials in the hours of some records. */
async function readRefusals(
  transaction: Transaction,
  records: readonly JournalRecord[],
): Promise<ReadonlyMap<string, number>> {
  const hours = new Set<number>()
  for (const record of records)
    if (isDenial(record)) hours.add(hourOf(timeOfId(decisionIdOf(record))))
  const refusals = new Map<string, number>()
  for (const hour of hours)
    for (const row of await transaction.run(refusalsOf(hour)))
      refusals.set(refusalKey(hour, String(row['principal_id'])), Number(row['refusals']))
  return refusals
}

const NO_DENIAL: ReadonlySet<string> = new Set(['allow', 'pending'])

function isDenial(record: JournalRecord): boolean {
  const part = 'common' in record ? record.common : record.record
  return 'verdict' in part && !NO_DENIAL.has(part.verdict)
}

const decisionIdOf = (record: JournalRecord): string =>
  'common' in record ? record.decisionId : record.record.decisionId

const refusalsOf = (hour: number): Statement => ({
  text: () =>
    `select principal_id, sum(refusals) as refusals from (
        select case when reason = '${WRONG_CREDENTIALS}' then '' else principal_id end as principal_id,
          sum(singles) as refusals from history_totals
        inner join history_series on history_series.id = history_totals.series_id
        where hour = ${hour} and verdict <> 'allow'
        group by 1
      union all
        select principal_id, count(*) as refusals from history_changes
        where decision_id >= '${firstIdAt(startOf(hour))}'
          and decision_id < '${firstIdAt(startOf(hour + 1))}' and verdict <> 'allow'
        group by principal_id
      ) as counted
      group by principal_id`,
  rows: [[]],
})
