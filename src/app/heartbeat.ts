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
 * @returns function that stops the heartbeats and removes the gateway from the list. It never rejects, so that a
 * gateway can stop without its store. Its last heartbeat then expires.
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
    // Waits for a write in flight, because a heartbeat that is written after the removal would add the gateway to
    // the list again.
    await beating
    await store.removeGateway(instance.id).catch(failed)
  }
}
