/**
 * Checkpoints of audit journals, in SQL.
 *
 * @module
 */

import type { StoredCheckpoint } from './store.ts'
import type { Database } from './tables.ts'

export async function keepCheckpoint(
  db: Database,
  now: number,
  { writer, segment, sequence, checkpoint, host, journal, expiresAt }: StoredCheckpoint,
): Promise<void> {
  const values = { segment, sequence, checkpoint, host, journal, expires_at: expiresAt }
  await db
    .insertInto('audit_checkpoints')
    .values({ writer, ...values })
    .onConflict(conflict =>
      conflict
        .column('writer')
        .doUpdateSet(values)
        .where(({ and, eb, or }) =>
          or([
            eb('audit_checkpoints.segment', '<', segment),
            and([
              eb('audit_checkpoints.segment', '=', segment),
              eb('audit_checkpoints.sequence', '<', sequence),
            ]),
          ]),
        ),
    )
    .execute()
  await db.deleteFrom('audit_checkpoints').where('expires_at', '<', now).execute()
}

export async function readCheckpoints(db: Database): Promise<readonly StoredCheckpoint[]> {
  const rows = await db.selectFrom('audit_checkpoints').selectAll().orderBy('writer').execute()
  return rows.map(({ segment, sequence, expires_at, ...texts }) => ({
    ...texts,
    segment: Number(segment),
    sequence: Number(sequence),
    expiresAt: Number(expires_at),
  }))
}
