/**
 * Implements the history in SQL for every dialect of kysely.
 *
 * @module
 */

import type { Position } from '../audit/reader.ts'
import { listChanges } from './changes.ts'
import { listDecisions } from './decisions.ts'
import { expireAll, type Progress } from './expire.ts'
import type { History } from './history.ts'
import { readRecords } from './records.ts'
import { listShadowDifferences, readRecorded, readShadowTotals } from './shadows.ts'
import { readHasAllowed, readLastUsed, summarize } from './summary.ts'
import type { Database } from './tables.ts'

/** Returns a history on a database. @param adapter - methods that differ between databases */
export function historyOn(db: Database, adapter: Pick<History, 'consume' | 'close'>): History {
  const progress: Progress = {}
  return {
    ...adapter,
    position: writer => readPosition(db, writer),
    forget: async writer => {
      await db.deleteFrom('history_positions').where('writer', '=', writer).execute()
    },
    decisions: query => listDecisions(db, query),
    decision: (organizationId, decisionId) => readRecords(db, organizationId, decisionId),
    changes: query => listChanges(db, query),
    summary: query => summarize(db, query),
    lastUsed: (organizationId, by, filters) => readLastUsed(db, organizationId, by, filters),
    shadowTotals: query => readShadowTotals(db, query),
    shadowDifferences: query => listShadowDifferences(db, query),
    recorded: query => readRecorded(db, query),
    hasAllowed: organizationId => readHasAllowed(db, organizationId),
    expire: (retention, now) => expireAll(db, retention, now, progress),
  }
}

async function readPosition(db: Database, writer: string): Promise<Position | undefined> {
  const row = await db
    .selectFrom('history_positions')
    .select(['segment', 'sequence', 'byte_offset'])
    .where('writer', '=', writer)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    writer,
    segment: Number(row.segment),
    sequence: Number(row.sequence),
    offset: Number(row.byte_offset),
  }
}
