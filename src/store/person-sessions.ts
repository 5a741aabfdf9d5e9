/**
 * Console sessions of people, in SQL.
 *
 * @module
 */

import { readJson } from '../model/read-json.ts'
import { isText, list } from '../model/shape.ts'
import { toBytes, toText } from './bytes.ts'
import type { PersonCheck, PersonSession, SessionBounds } from './store.ts'
import { readWhole } from './stored-json.ts'
import type { Database } from './tables.ts'

/** A session whose grants are not understood has none, so it ends. */
const isGrants = list(isText)

/** Returns a session; undefined if it is unknown, or if its times are not understood, so it has ended. */
export async function readPersonSession(
  db: Database,
  idHash: string,
): Promise<PersonSession | undefined> {
  const row = await db
    .selectFrom('person_sessions')
    .selectAll()
    .where('id_hash', '=', idHash)
    .executeTakeFirst()
  if (row === undefined) return
  const createdAt = readWhole(row.created_at)
  const seenAt = readWhole(row.seen_at)
  const checkedAt = readWhole(row.checked_at)
  if (createdAt === undefined || seenAt === undefined || checkedAt === undefined) return
  return {
    idHash: row.id_hash,
    person: { issuer: row.issuer, subject: row.subject, displayName: row.display_name },
    grants: readJson(row.grants, isGrants) ?? [],
    sealedTokens: toBytes(row.sealed_tokens),
    createdAt,
    seenAt,
    checkedAt,
  }
}

export async function addPersonSession(
  db: Database,
  session: PersonSession,
  { seenAfter, createdAfter, most }: SessionBounds,
): Promise<void> {
  const { issuer, subject, displayName } = session.person
  await db
    .insertInto('person_sessions')
    .values({
      id_hash: session.idHash,
      issuer,
      subject,
      display_name: displayName,
      grants: JSON.stringify(session.grants),
      sealed_tokens: toText(session.sealedTokens),
      created_at: session.createdAt,
      seen_at: session.seenAt,
      checked_at: session.checkedAt,
      checking_until: 0,
    })
    .execute()
  await db
    .deleteFrom('person_sessions')
    .where(({ or, eb }) =>
      or([eb('seen_at', '<=', seenAfter), eb('created_at', '<=', createdAfter)]),
    )
    .execute()
  await db
    .deleteFrom('person_sessions')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .where('id_hash', 'not in', latest =>
      latest
        .selectFrom('person_sessions as kept')
        .select('kept.id_hash')
        .where('kept.issuer', '=', issuer)
        .where('kept.subject', '=', subject)
        .orderBy('kept.created_at', 'desc')
        .orderBy('kept.id_hash')
        .limit(most),
    )
    .execute()
}

export async function personSessionSeen(db: Database, idHash: string, at: number): Promise<void> {
  await db
    .updateTable('person_sessions')
    .set({ seen_at: at })
    .where('id_hash', '=', idHash)
    .where('seen_at', '<', at)
    .execute()
}

export async function claimPersonCheck(
  db: Database,
  { idHash, checkedAt }: PersonSession,
  at: number,
  until: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('person_sessions')
    .set({ checking_until: until })
    .where('id_hash', '=', idHash)
    .where('checked_at', '=', checkedAt)
    .where('checking_until', '<=', at)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function releasePersonCheck(
  db: Database,
  idHash: string,
  done?: PersonCheck,
): Promise<void> {
  await db
    .updateTable('person_sessions')
    .set({
      checking_until: 0,
      ...(done && { checked_at: done.checkedAt, sealed_tokens: toText(done.sealedTokens) }),
    })
    .where('id_hash', '=', idHash)
    .execute()
}

export async function endPersonSession(db: Database, idHash: string): Promise<void> {
  await db.deleteFrom('person_sessions').where('id_hash', '=', idHash).execute()
}

export async function endPersonSessions(db: Database): Promise<void> {
  await db.deleteFrom('person_sessions').execute()
}
