/**
 * Shows administrators that this gateway runs, in the store that it shares with others.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { GatewayStore } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import { VERSION } from './version.ts'

/** How often a gateway leaves a sign of life. */
const BEAT_MS = 10_000

/**
 * Leaves a sign of life in the store, now and from time to time.
 *
 * @returns function that ends this and takes the gateway off the list. It never rejects: a gateway that cannot
 * reach its store must stop too, and its last sign of life expires.
 */
export function keepPresent(store: GatewayStore, log: Pick<Log, 'debug'>): () => Promise<void> {
  const instance = { id: randomUUID(), host: hostname(), version: VERSION, startedAt: Date.now() }
  const failed = (error: unknown) =>
    log.debug({ err: error }, 'Cannot record in the store whether this gateway runs')
  const beat = () => store.recordHeartbeat({ ...instance, seenAt: Date.now() }).catch(failed)
  let beating = beat()
  const timer = setInterval(() => {
    beating = beating.then(beat)
  }, BEAT_MS).unref()
  return async () => {
    clearInterval(timer)
    // A sign of life that is written after the removal would bring the row back.
    await beating
    await store.removeGateway(instance.id).catch(failed)
  }
}
