/**
 * Replaces the content of a store with that of a backup.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import { BACKUP_TABLES, isRestored } from './backup.ts'
import { isEmpty, newEpoch } from './meta.ts'
import { addToOutbox } from './outbox.ts'
import { recordPolicies } from './policy-records.ts'
import { type PolicyVersions, type RestoreOptions, type StoredRow, StoreNotEmpty } from './store.ts'
import type { Database } from './tables.ts'
import { changeStore, readPolicyVersions } from './versions.ts'

/** Maximum number of rows in one statement. */
const ROWS_AT_ONCE = 200

/** Locks tables against writes until the end of the transaction. Reads continue. */
export type LockTables = (transaction: Database, tables: readonly string[]) => Promise<void>

/**
 * Replaces everything in one transaction, and starts a new epoch with snapshots of all policies. Keeps what no backup contains: running gateways,
 * checkpoints of their audit journals, audit records that are not in a journal yet, and failed sign-ins at other
 * servers.
 *
 * @returns the new epoch
 * @throws StoreNotEmpty
 */
export async function restoreBackup(
  db: Database,
  lock: LockTables,
  rows: () => AsyncIterable<StoredRow>,
  now: number,
  { replaces, recordsOf }: RestoreOptions,
): Promise<string> {
  return await changeStore(db, async change => {
    // Every change of an organization locks its row first, so that table is the first one here too.
    await lock(
      change,
      BACKUP_TABLES.map(({ name }) => name),
    )
    if (!(replaces || (await isEmpty(change)))) throw new StoreNotEmpty()
    const { epoch: before, versions } = await readPolicyVersions(change)
    await clear(change)
    await insertRows(change, rows())
    await continueVersions(change, versions)
    const after = await newEpoch(change)
    await addToOutbox(change, 0, recordsOf({ before, after }))
    await recordPolicies(change, now)
    return after
  })
}

/**
 * Raises policy versions above those before the restore. The versions of roles and drafts come from them, so the version
 * that a caller has read never belongs to another content.
 */
async function continueVersions(db: Database, before: PolicyVersions['versions']): Promise<void> {
  for (const [id, version] of before)
    await db
      .updateTable('organizations')
      .set({ policy_version: version + 1 })
      .where('id', '=', id)
      .where('policy_version', '<=', version)
      .execute()
}

/** Deletes children before their parents. */
async function clear(db: Database): Promise<void> {
  await db.deleteFrom('changes').execute()
  for (const { name } of BACKUP_TABLES.toReversed()) {
    if (name === 'outbox') continue
    if (name === 'meta') await clearMeta(db)
    else await untyped(db).deleteFrom(name).execute()
  }
}

async function clearMeta(db: Database): Promise<void> {
  const found = await db.selectFrom('meta').select('key').execute()
  for (const { key } of found)
    if (isRestored(key)) await db.deleteFrom('meta').where('key', '=', key).execute()
}

/** Inserts rows. Keeps a record of the outbox that exists already. */
export async function insertRows(db: Database, rows: AsyncIterable<StoredRow>): Promise<void> {
  let table = ''
  let batch: StoredRow['row'][] = []
  const write = async () => {
    if (batch.length === 0) return
    const insert = untyped(db).insertInto(table).values(batch)
    const statement =
      table === 'outbox' ? insert.onConflict(conflict => conflict.doNothing()) : insert
    await statement.execute()
    batch = []
  }
  for await (const { table: next, row } of rows) {
    if (next !== table || batch.length === ROWS_AT_ONCE) await write()
    table = next
    batch.push(row)
  }
  await write()
}

/** Returns the database for tables of any version. */
const untyped = (db: Database) =>
  db as unknown as Kysely<Readonly<Record<string, StoredRow['row']>>>
