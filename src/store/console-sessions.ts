/**
 * Sessions of the console, in SQL.
 *
 * @module
 */

import type { ConsoleSession, SessionBounds } from './store.ts'
import { readWhole } from './stored-json.ts'
import type { Database } from './tables.ts'

/** Returns a session; undefined if it is unknown, or if its times are not understood, so it has ended. */
export async function readConsoleSession(
  db: Database,
  idHash: string,
): Promise<ConsoleSession | undefined> {
  const row = await db
    .selectFrom('console_sessions')
    .selectAll()
    .where('id_hash', '=', idHash)
    .executeTakeFirst()
  if (row === undefined) return
  const createdAt = readWhole(row.created_at)
  const seenAt = readWhole(row.seen_at)
  if (createdAt === undefined || seenAt === undefined) return
  return {
    idHash: row.id_hash,
    accessKeyId: row.access_key_id,
    policyHash: row.policy_hash,
    createdAt,
    seenAt,
  }
}

export async function addConsoleSession(
  db: Database,
  { idHash, accessKeyId, policyHash, createdAt, seenAt }: ConsoleSession,
  { seenAfter, createdAfter, most }: SessionBounds,
): Promise<void> {
  await db
    .insertInto('console_sessions')
    .values({
      id_hash: idHash,
      access_key_id: accessKeyId,
      policy_hash: policyHash,
      created_at: createdAt,
      seen_at: seenAt,
    })
    .execute()
  await db
    .deleteFrom('console_sessions')
    .where(({ or, eb }) =>
      or([eb('seen_at', '<=', seenAfter), eb('created_at', '<=', createdAfter)]),
    )
    .execute()
  await db
    .deleteFrom('console_sessions')
    .where('access_key_id', '=', accessKeyId)
    .where('id_hash', 'not in', latest =>
      latest
        .selectFrom('console_sessions as kept')
        .select('kept.id_hash')
        .where('kept.access_key_id', '=', accessKeyId)
        .orderBy('kept.created_at', 'desc')
        .orderBy('kept.id_hash')
        .limit(most),
    )
    .execute()
}

export async function consoleSessionSeen(db: Database, idHash: string, at: number): Promise<void> {
  await db
    .updateTable('console_sessions')
    .set({ seen_at: at })
    .where('id_hash', '=', idHash)
    .where('seen_at', '<', at)
    .execute()
}

export async function endConsoleSession(db: Database, idHash: string): Promise<void> {
  await db.deleteFrom('console_sessions').where('id_hash', '=', idHash).execute()
}

export async function endConsoleSessions(db: Database): Promise<void> {
  await db.deleteFrom('console_sessions').execute()
}
