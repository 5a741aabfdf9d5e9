/**
 * The keys that sign tokens, in SQL. They belong to the store as a whole, not to an organization.
 *
 * @module
 */

import { toBytes, toText } from './bytes.ts'
import type { SigningKey } from './store.ts'
import { readWhole } from './stored-json.ts'
import type { Database } from './tables.ts'

/** Returns the keys, newest first. A key without a time is none, because it could sign forever. */
export async function readSigningKeys(db: Database): Promise<readonly SigningKey[]> {
  const rows = await db
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.flatMap(({ id, sealed, created_at }) => {
    const createdAt = readWhole(created_at)
    return createdAt === undefined ? [] : [{ id, sealed: toBytes(sealed), createdAt }]
  })
}

/** Adds a key and drops those made before `oldest`. */
export async function addSigningKey(db: Database, key: SigningKey, oldest: number): Promise<void> {
  await db.transaction().execute(async change => {
    await change
      .insertInto('signing_keys')
      .values({ id: key.id, sealed: toText(key.sealed), created_at: key.createdAt })
      .execute()
    await change.deleteFrom('signing_keys').where('created_at', '<', oldest).execute()
  })
}

export async function removeSigningKeys(db: Database): Promise<void> {
  await db.deleteFrom('signing_keys').execute()
}
