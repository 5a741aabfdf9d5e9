/**
 * Running gateways, in SQL.
 *
 * @module
 */

import { readJson } from '../model/read-json.ts'
import { isText, list } from '../model/shape.ts'
import type { GatewayInstance } from './store.ts'
import { readWhole } from './stored-json.ts'
import type { Database } from './tables.ts'

const DAY_MS = 24 * 3_600_000

/** A gateway whose keys are not understood has none, so no rotation of the master key begins or ends beside it. */
const isMasterKeys = list(isText)

/**
 * Replaces a time that is not understood, in milliseconds since 1970: the beginning of the year 9999. It is never
 * in the past, so that such a gateway counts as running, and a rotation of the master key waits for it.
 */
const UNKNOWN_TIME = Date.UTC(9999, 0)

export async function recordHeartbeat(db: Database, gateway: GatewayInstance): Promise<void> {
  const { id, host, version, startedAt, seenAt } = gateway
  const seen = { seen_at: seenAt, master_keys: JSON.stringify(gateway.masterKeys) }
  await db
    .insertInto('gateways')
    .values({ id, host, version, started_at: startedAt, ...seen })
    .onConflict(conflict => conflict.column('id').doUpdateSet(seen))
    .execute()
  await db
    .deleteFrom('gateways')
    .where('seen_at', '<', seenAt - DAY_MS)
    .execute()
}

export async function removeGateway(db: Database, id: string): Promise<void> {
  await db.deleteFrom('gateways').where('id', '=', id).execute()
}

export async function readGateways(db: Database): Promise<readonly GatewayInstance[]> {
  const rows = await db.selectFrom('gateways').selectAll().orderBy('started_at', 'desc').execute()
  return rows.map(({ id, host, version, started_at, seen_at, master_keys }) => ({
    id,
    host,
    version,
    startedAt: readWhole(started_at) ?? UNKNOWN_TIME,
    seenAt: readWhole(seen_at) ?? UNKNOWN_TIME,
    masterKeys: readJson(master_keys, isMasterKeys) ?? [],
  }))
}
