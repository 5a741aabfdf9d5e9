/**
 * Records in the shared store that this gateway is running, so that administrators see it.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { GatewayStore } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import { VERSION } from './version.ts'

/** Interval of heartbeats. */
const HEARTBEAT_MS = 10_000

/**
 * Writes a heartbeat to the store, now and regularly.
 *
 * @returns function that stops this and removes the gateway from the list. It never rejects, because a gateway that
 * cannot reach its store must stop too. Its last heartbeat expires.
 */
export function keepHeartbeat(store: GatewayStore, log: Pick<Log, 'debug'>): () => Promise<void> {
  const instance = { id: randomUUID(), host: hostname(), version: VERSION, startedAt: Date.now() }
  const failed = (error: unknown) =>
    log.debug({ err: error }, 'Cannot record a heartbeat in the store')
  const beat = () => store.recordHeartbeat({ ...instance, seenAt: Date.now() }).catch(failed)
  let beating = beat()
  const timer = setInterval(() => {
    beating = beating.then(beat)
  }, HEARTBEAT_MS).unref()
  return async () => {
    clearInterval(timer)
    // A heartbeat that is written after the removal would create the row again.
    await beating
    await store.removeGateway(instance.id).catch(failed)
  }
}
