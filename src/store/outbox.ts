/**
 * The outbox in SQL: audit records of changes. Each is written in the transaction of its change, and
 * stays until an audit journal has it.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { chunks } from './chunks.ts'
import type { OutboxRecord } from './store.ts'
import type { Database } from './tables.ts'

/** Maximum number of records that one call claims. */
const CLAIMED = 200

/** Adds records. Each can be long, so the process can do other work between them. */
export async function addToOutbox(
  db: Database,
  claimedAt: number,
  records: readonly OutboxRecord[],
): Promise<void> {
  for (const [n, { id, record }] of records.entries()) {
    if (n > 0) await setImmediate()
    await db.insertInto('outbox').values({ id, claimed_at: claimedAt, record }).execute()
  }
}

/** Claims records in one statement, so that only one gateway gets a record. */
export async function claimOutbox(
  db: Database,
  now: number,
  forMs: number,
): Promise<readonly OutboxRecord[]> {
  const rows = await db
    .updateTable('outbox')
    .set({ claimed_at: now })
    .where('id', 'in', query =>
      query
        .selectFrom('outbox')
        .select('id')
        .where('claimed_at', '<=', now - forMs)
        .orderBy('id')
        .limit(CLAIMED),
    )
    .where('claimed_at', '<=', now - forMs)
    .returning(['id', 'record'])
    .execute()
  return rows
    .map(({ id, record }) => ({ id, record }))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
}

export async function acknowledgeOutbox(db: Database, ids: readonly string[]): Promise<void> {
  for (const some of chunks(ids)) await db.deleteFrom('outbox').where('id', 'in', some).execute()
}
