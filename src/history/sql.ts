/**
 * The history on SQL: one implementation for every dialect that kysely speaks.
 *
 * @module
 */

import type { BulkWriter } from './bulk.ts'
import { listChanges, readDecision } from './changes.ts'
import { listDecisions } from './decisions.ts'
import { expireAll, type Progress } from './expire.ts'
import type { History } from './history.ts'
import { readLastUsed, summarize } from './summary.ts'
import type { Database } from './tables.ts'
import { guardOf, statementsOf } from './write.ts'

/** @param close - closes what the database is reached by */
export function historyOn(db: Database, bulk: BulkWriter, close: () => Promise<void>): History {
  const progress: Progress = {}
  return {
    write: batch => bulk.run(guardOf(batch), statementsOf(batch)),
    decisions: query => listDecisions(db, query),
    decision: (organizationId, decisionId) => readDecision(db, organizationId, decisionId),
    changes: query => listChanges(db, query),
    summary: query => summarize(db, query),
    lastUsed: (organizationId, by, filters) => readLastUsed(db, organizationId, by, filters),
    expire: (retention, now) => expireAll(db, retention, now, progress),
    close,
  }
}
