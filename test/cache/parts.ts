/**
 * Parts that the gateways of a test consist of.
 */

import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { CacheObserver } from '../../src/cache/observer.ts'
import type { Sealer } from '../../src/cache/sealed.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { Failure } from '../../src/model/failure.ts'
import { Gate } from './gate.ts'

export const MAX_AGE_MS = 300_000

export const storeGate = () =>
  new Gate(() => new Failure('policy-unavailable', 'The store is cut off', { kind: 'store' }))
export const cacheGate = () => new Gate(() => new Error('The cache is cut off'))

/** Seals under a key of its own. */
export function newSealer(): Sealer {
  const masterKey = new MasterKey(randomBytes(32))
  return {
    seal: bytes => masterKey.seal('cache-entries', bytes),
    unseal: sealed => masterKey.unseal('cache-entries', sealed),
  }
}

export const SILENT: CacheObserver = {
  looked: () => undefined,
  invalidated: () => undefined,
  subscribed: () => undefined,
  confirmed: () => undefined,
  forged: () => undefined,
  misread: () => undefined,
  unreadable: () => undefined,
  failed: () => undefined,
  restored: () => undefined,
}

/** Lets everything happen that nothing holds back. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await setImmediate()
}
