/**
 * Values that belong to the store as a whole: its epoch, the check value of the master key, and state that gateways
 * share.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import type { OrganizationId } from '../model/identity.ts'
import { toBytes, toText } from './bytes.ts'
import { endConsoleSessions } from './console-sessions.ts'
import { readSigningKeys } from './signing-keys.ts'
import { conflict, type FleetStateKey, type MasterKeyState } from './store.ts'
import type { Database } from './tables.ts'

/** Creates the epoch of a new store. Keeps an existing epoch. */
export async function makeEpoch(db: Database): Promise<void> {
  await writeOnce(db, 'epoch', randomUUID())
}

/**
 * Starts a new epoch, and returns the current one.
 *
 * @param replacing - epoch to replace. If another one is current, it is kept, so that only the first of several
 * concurrent calls has an effect. By default, replaces any epoch
 */
export async function newEpoch(db: Database, replacing?: string): Promise<string> {
  await endConsoleSessions(db)
  let update = db.updateTable('meta').set({ value: randomUUID() }).where('key', '=', 'epoch')
  if (replacing !== undefined) update = update.where('value', '=', replacing)
  const row = await update.returning('value').executeTakeFirst()
  if (row === undefined) return await readEpoch(db)
  // Each epoch has a snapshot of its own.
  await db.deleteFrom('meta').where('key', 'like', 'snapshot:%').execute()
  return row.value
}

/** Returns when the latest snapshot of an organization's policy was made, in milliseconds since the epoch. */
export async function readSnapshotTime(
  db: Database,
  organization: OrganizationId,
): Promise<number | undefined> {
  const value = await readMeta(db, `snapshot:${organization}`)
  return value === undefined ? undefined : Number(value)
}

export async function writeSnapshotTime(
  db: Database,
  organization: OrganizationId,
  at: number,
): Promise<void> {
  const row = { key: `snapshot:${organization}`, value: String(at) }
  await db
    .insertInto('meta')
    .values(row)
    .onConflict(conflict => conflict.column('key').doUpdateSet({ value: row.value }))
    .execute()
}

export async function readEpoch(db: Database): Promise<string> {
  const epoch = await readMeta(db, 'epoch')
  if (epoch === undefined)
    throw new Error('The store has no epoch, so ews-gateway did not create it')
  return epoch
}

/** Reads the state in one statement, because a rotation changes all of it at once. */
export async function readMasterKeyState(db: Database): Promise<MasterKeyState> {
  const rows = await db
    .selectFrom('meta')
    .selectAll()
    .where('key', 'in', ['masterKeyCheck', 'formerMasterKeyCheck', 'formerKeyIds'])
    .execute()
  const values = new Map(rows.map(({ key, value }) => [key, value]))
  const former = values.get('formerMasterKeyCheck')
  const formerKeyIds = values.get('formerKeyIds')
  return {
    check: values.get('masterKeyCheck'),
    ...(former !== undefined && { former }),
    ...(formerKeyIds !== undefined && { formerKeyIds: toBytes(formerKeyIds) }),
  }
}

export async function writeMasterKeyState(db: Database, state: MasterKeyState): Promise<void> {
  const { check, former, formerKeyIds } = state
  const values = [
    ['masterKeyCheck', check],
    ['formerMasterKeyCheck', former],
    ['formerKeyIds', formerKeyIds && toText(formerKeyIds)],
  ] as const
  for (const [key, value] of values) {
    await db.deleteFrom('meta').where('key', '=', key).execute()
    if (value !== undefined) await writeOnce(db, key, value)
  }
}

/** Writes the check value, but never replaces one, so that two gateways can't start with different keys. */
export async function writeMasterKeyCheck(db: Database, value: string): Promise<void> {
  await writeOnce(db, 'masterKeyCheck', value)
  if ((await readMeta(db, 'masterKeyCheck')) === value) return
  throw conflict('The store belongs to another master key')
}

/** Whether the store has no data of organizations, and nothing that depends on a master key. */
export async function isEmpty(db: Database): Promise<boolean> {
  const changed = await db
    .selectFrom('organizations')
    .select('id')
    .where('policy_version', '>', 0)
    .limit(1)
    .executeTakeFirst()
  if (changed !== undefined || (await readMeta(db, 'masterKeyCheck')) !== undefined) return false
  return (await readSigningKeys(db)).length === 0
}

export async function readFleetState(
  db: Database,
  key: FleetStateKey,
): Promise<string | undefined> {
  return await readMeta(db, key)
}

export async function putFleetState(
  db: Database,
  key: FleetStateKey,
  state: string,
  before: string | undefined,
): Promise<boolean> {
  const row =
    before === undefined
      ? await writeOnce(db, key, state)
      : await db
          .updateTable('meta')
          .set({ value: state })
          .where('key', '=', key)
          .where('value', '=', before)
          .returning('key')
          .executeTakeFirst()
  return row !== undefined
}

type MetaKey =
  | 'epoch'
  | 'masterKeyCheck'
  | 'formerMasterKeyCheck'
  | 'formerKeyIds'
  | `snapshot:${OrganizationId}`
  | FleetStateKey

async function readMeta(db: Database, key: MetaKey) {
  const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
  return row?.value
}

async function writeOnce(db: Database, key: MetaKey, value: string) {
  return await db
    .insertInto('meta')
    .values({ key, value })
    .onConflict(conflict => conflict.column('key').doNothing())
    .returning('key')
    .executeTakeFirst()
}
