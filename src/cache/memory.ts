/**
 * The cache of a single gateway, in its own process.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { Cache, CachedEntry, CacheKey, CacheListener, EntryVersion } from './cache.ts'
import { type Clock, SYSTEM_CLOCK } from './clock.ts'

const MAX_ENTRIES = 20_000
const MAX_BYTES = 64 * 1_024 * 1_024
const BYTES_PER_ENTRY = 4 * 1_024 * 1_024
/** Approximate memory of an entry in addition to its bytes. */
const OVERHEAD_BYTES = 512
/**
 * Minimum size of an entry in the limit. Limits the number of entries, too, because with a maximum count the cache
 * would allocate all entries at once.
 */
const MIN_ENTRY_BYTES = Math.ceil(MAX_BYTES / MAX_ENTRIES)

const NO_BYTES = new Uint8Array()

type StoredEntry = EntryVersion & Readonly<{ endsAt: number; sealed?: Uint8Array }>

/** A cache in memory. Several gateways of one process can share it. Each of them receives all messages. */
export class MemoryCache implements Cache {
  readonly #elapsed: Clock['elapsed']
  readonly #listeners: CacheListener[] = []
  readonly #entries = new LRUCache<string, StoredEntry>({
    maxSize: MAX_BYTES,
    maxEntrySize: BYTES_PER_ENTRY,
    sizeCalculation: ({ sealed = NO_BYTES }) =>
      Math.max(MIN_ENTRY_BYTES, OVERHEAD_BYTES + sealed.length),
  })

  constructor(elapsed: Clock['elapsed'] = SYSTEM_CLOCK.elapsed) {
    this.#elapsed = elapsed
  }

  async get(key: CacheKey): Promise<CachedEntry | undefined> {
    const entry = this.#find(nameOf(key))
    if (entry?.sealed === undefined) return undefined
    return { sealed: entry.sealed, lifeMs: entry.endsAt - this.#elapsed() }
  }

  async put(key: CacheKey, { epoch, version }: EntryVersion, sealed: Uint8Array, lifeMs: number) {
    const name = nameOf(key)
    if (this.#versionOf(name, epoch) > version) return
    // A copy, because the bytes can be part of a larger buffer, which would stay in memory.
    const bytes = new Uint8Array(sealed)
    this.#entries.set(name, { epoch, version, sealed: bytes, endsAt: this.#elapsed() + lifeMs })
  }

  async writeTombstones(
    keys: readonly CacheKey[],
    { epoch, version }: EntryVersion,
    lifeMs: number,
  ) {
    const tombstone = { epoch, version, endsAt: this.#elapsed() + lifeMs }
    for (const name of keys.map(nameOf))
      if (this.#versionOf(name, epoch) < version) this.#entries.set(name, tombstone)
  }

  async publish(message: Uint8Array): Promise<void> {
    const bytes = new Uint8Array(message)
    setImmediate(() => {
      for (const listener of this.#listeners) listener.message(bytes)
    })
  }

  listen(listener: CacheListener): void {
    this.#listeners.push(listener)
    setImmediate(() => listener.state(true))
  }

  async ping(): Promise<void> {}

  /** Does nothing, because other gateways of the process can share the cache. */
  async close(): Promise<void> {}

  #find(name: string): StoredEntry | undefined {
    const entry = this.#entries.get(name)
    return entry !== undefined && entry.endsAt > this.#elapsed() ? entry : undefined
  }

  /** Returns the version of the entry with a name in this epoch; minus infinity if there is none. */
  #versionOf(name: string, epoch: string): number {
    const entry = this.#find(name)
    return entry?.epoch === epoch ? entry.version : Number.NEGATIVE_INFINITY
  }
}

const nameOf = ({ organization, subject }: CacheKey) => `${organization}:${subject}`
