/**
 * Sessions of the console, in SQL.
 *
 * @module
 */

import { readJson } from '../model/read-json.ts'
import { exactly, id, isText, list, type Shape, structure } from '../model/shape.ts'
import { toBytes, toText } from './bytes.ts'
import {
  type ConsoleSession,
  isOfPerson,
  type KeyHolder,
  type PersonCheck,
  type PersonHolder,
  type PersonSession,
  type SessionBounds,
  type SessionHolder,
} from './store.ts'
import { readWhole } from './stored-json.ts'
import type { Database } from './tables.ts'

const isKeyHolder: Shape<KeyHolder> = structure<KeyHolder>({
  kind: exactly('key'),
  accessKeyId: id(),
  policyHash: isText,
})

const isPersonHolder: Shape<PersonHolder> = structure<PersonHolder>({
  kind: exactly('person'),
  person: structure<PersonHolder['person']>({
    issuer: isText,
    subject: isText,
    displayName: isText,
  }),
  grants: list(isText),
})

/** Returns a text that is the same for all sessions of a key or of a person, and for no others. */
const nameOf = (holder: SessionHolder): string =>
  JSON.stringify(
    holder.kind === 'key' ? [holder.accessKeyId] : [holder.person.issuer, holder.person.subject],
  )

/** Returns a session; undefined if it is unknown, or if a part of it is not understood, so it has ended. */
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
  const checkedAt = readWhole(row.checked_at)
  if (createdAt === undefined || seenAt === undefined || checkedAt === undefined) return
  const life = { idHash: row.id_hash, createdAt, seenAt }
  const key = readJson(row.holder, isKeyHolder)
  if (key !== undefined) return { ...life, holder: key }
  const person = readJson(row.holder, isPersonHolder)
  if (person === undefined || row.sealed_tokens === null) return
  return { ...life, holder: person, checkedAt, sealedTokens: toBytes(row.sealed_tokens) }
}

export async function addConsoleSession(
  db: Database,
  session: ConsoleSession,
  { seenAfter, createdAfter, most }: SessionBounds,
): Promise<void> {
  const { idHash, holder, createdAt, seenAt } = session
  const name = nameOf(holder)
  const checked = isOfPerson(session)
    ? { checked_at: session.checkedAt, sealed_tokens: toText(session.sealedTokens) }
    : { checked_at: 0, sealed_tokens: null }
  await db
    .insertInto('console_sessions')
    .values({
      id_hash: idHash,
      holder_name: name,
      holder: JSON.stringify(holder),
      created_at: createdAt,
      seen_at: seenAt,
      ...checked,
      checking_until: 0,
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
    .where('holder_name', '=', name)
    .where('id_hash', 'not in', latest =>
      latest
        .selectFrom('console_sessions as kept')
        .select('kept.id_hash')
        .where('kept.holder_name', '=', name)
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

export async function claimPersonCheck(
  db: Database,
  { idHash, checkedAt }: PersonSession,
  at: number,
  until: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('console_sessions')
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
    .updateTable('console_sessions')
    .set({
      checking_until: 0,
      ...(done && { checked_at: done.checkedAt, sealed_tokens: toText(done.sealedTokens) }),
    })
    .where('id_hash', '=', idHash)
    .execute()
}

export async function endConsoleSession(db: Database, idHash: string): Promise<void> {
  await db.deleteFrom('console_sessions').where('id_hash', '=', idHash).execute()
}

export async function endConsoleSessions(db: Database): Promise<void> {
  await db.deleteFrom('console_sessions').execute()
}
