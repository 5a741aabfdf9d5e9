/**
 * Dependencies of the cache: the store that it reads, clocks, and callbacks.
 *
 * @module
 */

import type { ChangeReader, EpochStore, SnapshotReader } from '../store/store.ts'
import type { Cache } from './cache.ts'
import type { Clock } from './clock.ts'
import type { CacheObserver } from './observer.ts'
import type { Sealer } from './sealed.ts'

/** The parts of the store that the data plane uses: it reads data and changes, and starts a new epoch. */
export type StoreReaders = SnapshotReader & ChangeReader & EpochStore

/** Dependencies and limits. `maxAgeMs` is the maximum age of data that a decision uses. */
export type CachePorts = Readonly<{
  store: StoreReaders
  /** Absent if gateways share no cache. Then only the process is a layer over the store, and polls find all changes. */
  cache?: Cache
  sealer: Sealer
  clock: Clock
  maxAgeMs: number
  observer: CacheObserver
  /** Maximum number of values that the process holds. The default is enough for all values in use. */
  capacity?: number
}>
