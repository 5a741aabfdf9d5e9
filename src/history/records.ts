/**
 * Reads the records of one decision or change.
 *
 * @module
 */

import { sql } from 'kysely'
import type { ChangeRecord } from '../audit/audit.ts'
import { idOf } from '../audit/reader.ts'
import { idsOfParts, joinParts } from '../model/change-parts.ts'
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
    inJournal: { recordId: idOf(place), place },
  }
}

async function readChange(
  db: Database,
  organizationId: string,
  decisionId: string,
): Promise<FoundRecords | undefined> {
  const [found] = await recordsOfChanges(db, organizationId, [decisionId])
  if (found === undefined) return undefined
  if (found.parts === undefined) return { record: found }
  const ids = idsOfParts(found.partOf ?? decisionId, found.parts)
  const [first = found, ...others] = await recordsOfChanges(db, organizationId, ids)
  const missing = found.parts - others.length - 1
  return { record: { ...joinParts(first, others), ...(missing > 0 && { missingParts: missing }) } }
}

/** Returns the records of changes with these IDs, in the order of their parts. */
async function recordsOfChanges(
  db: Database,
  organizationId: string,
  decisionIds: readonly string[],
): Promise<readonly ChangeRecord[]> {
  const records: ChangeRecord[] = []
  for (const some of chunksOf(decisionIds)) {
    const rows = await db
      .selectFrom('history_records')
      .innerJoin('history_changes', 'history_changes.decision_id', 'history_records.decision_id')
      .select('record')
      .where('history_records.decision_id', 'in', some)
      .where('organization_id', '=', organizationId)
      .orderBy('part')
      .execute()
    records.push(...rows.map(({ record }) => JSON.parse(record)))
  }
  return records
}

/** Maximum number of IDs in one query. */
const ASKED = 500

const chunksOf = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / ASKED) }, (_, n) =>
    ids.slice(n * ASKED, (n + 1) * ASKED),
  )
