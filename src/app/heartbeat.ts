/**
 * Records in the shared store that this gateway is running, so that administrators see it, and uses the master key that
 * the store names.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { MasterKey } from '../credentials/master-key.ts'
import type { GatewayStore, MasterKeyCheck } from '../store/store.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'
import { regularly } from './regularly.ts'
import { VERSION } from './version.ts'

/** Interval of heartbeats. */
const HEARTBEAT_MS = 10_000
/** Interval while the gateway has two master keys, so that a rotation doesn't take longer than necessary. */
const ROTATION_MS = 1_000

const LACKS_KEY =
  'The store belongs to a master key that this gateway does not have; set masterKey.file to it and restart the gateway'

type Telemetry = Readonly<{ log: Pick<Log, 'debug' | 'error'>; health: Health }>

/**
 * Writes a heartbeat to the store, now and regularly. Adds the readiness check of the master key.
 *
 * @returns function that stops the heartbeats and removes the gateway from the list. It never rejects, so that a
 * gateway can stop without its store. Its last heartbeat then expires.
 */
export function keepHeartbeat(
  store: GatewayStore & Pick<MasterKeyCheck, 'masterKeyState'>,
  masterKey: Pick<MasterKey, 'checks' | 'follow'>,
  { log, health }: Telemetry,
): () => Promise<void> {
  const instance = { id: randomUUID(), host: hostname(), version: VERSION, startedAt: Date.now() }
  const failed = (error: unknown) =>
    log.debug({ err: error }, 'Cannot record a heartbeat in the store')
  let hasKey = true
  // Another gateway can verify the tokens that this one can't.
  health.add('master-key', {
    kinds: ['ready'],
    check: () => {
      if (!hasKey) throw new Error(LACKS_KEY)
    },
  })
  const follow = async () => {
    const had = hasKey
    hasKey = masterKey.follow(await store.masterKeyState())
    if (had && !hasKey) log.error({}, LACKS_KEY)
  }
  const beat = async () => {
    try {
      await follow()
      const masterKeys = masterKey.checks()
      await store.recordHeartbeat({ ...instance, seenAt: Date.now(), masterKeys })
    } catch (error) {
      failed(error)
    }
  }
  const stop = regularly(beat, masterKey.checks().length > 1 ? ROTATION_MS : HEARTBEAT_MS)
  return async () => {
    // Waits for a write in flight, because a heartbeat that is written after the removal would add the gateway to
    // the list again.
    await stop()
    await store.removeGateway(instance.id).catch(failed)
  }
}
