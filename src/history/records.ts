/**
 * Reads the records of one decision or change.
 *
 * @module
 */

import { sql } from 'kysely'
import { idOf } from '../audit/reader.ts'
import type { FoundRecords } from './history.ts'
import { requestIn, SELECT_REQUESTS } from './request-rows.ts'
import { wholeDecision, wholeOutcome } from './stored-record.ts'
import type { Database } from './tables.ts'
import type { Row } from './transaction.ts'

export async function readRecords(
  db: Database,
  organizationId: string,
  decisionId: string,
): Promise<FoundRecords | undefined> {
  return (
    (await readDecision(db, organizationId, decisionId)) ??
    (await readChange(db, organizationId, decisionId))
  )
}

async function readDecision(
  db: Database,
  organizationId: string,
  decisionId: string,
): Promise<FoundRecords | undefined> {
  const query = sql<Row>`${sql.raw(SELECT_REQUESTS)} = ${decisionId}`
  const [row] = (await query.execute(db)).rows
  if (row === undefined) return undefined
  const { series, single } = requestIn(row)
  if (series.organizationId !== organizationId) return undefined
  const { place } = single
  const outcome = wholeOutcome(series, single)
  return {
    record: wholeDecision(series, single),
    ...(outcome && { outcome }),
    ...(place !== undefined && { inJournal: { recordId: idOf(place), place } }),
  }
}

async function readChange(
  db: Database,
  organizationId: string,
  decisionId: string,
): Promise<FoundRecords | undefined> {
  const row = await db
    .selectFrom('history_records')
    .innerJoin('history_changes', 'history_changes.decision_id', 'history_records.decision_id')
    .select('record')
    .where('history_records.decision_id', '=', decisionId)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
  return row && { record: JSON.parse(row.record) }
}
