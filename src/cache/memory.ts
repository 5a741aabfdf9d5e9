/**
 * The cache of a gateway that stands alone, in its own process.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { Cache, CachedEntry, CacheKey, CacheListener, Standing } from './cache.ts'
import { type Clock, SYSTEM_CLOCK } from './clock.ts'

const MAX_ENTRIES = 20_000
const MAX_BYTES = 64 * 1_024 * 1_024
const BYTES_PER_ENTRY = 4 * 1_024 * 1_024
/** What an entry takes besides its bytes, about. */
const OVERHEAD_BYTES = 512
/** Any counts so much at least: a number of entries would lay out all of them at once. */
const MIN_ENTRY_BYTES = Math.ceil(MAX_BYTES / MAX_ENTRIES)

type Kept = Standing & Readonly<{ endsAt: number; sealed?: Uint8Array }>

/** Several gateways of one process may share it: each of them listens, and hears all. */
export class MemoryCache implements Cache {
  readonly #elapsed: Clock['elapsed']
  readonly #listeners: CacheListener[] = []
  readonly #entries = new LRUCache<string, Kept>({
    maxSize: MAX_BYTES,
    maxEntrySize: BYTES_PER_ENTRY,
    sizeCalculation: ({ sealed }) =>
      Math.max(MIN_ENTRY_BYTES, OVERHEAD_BYTES + (sealed?.length ?? 0)),
  })

  constructor(elapsed: Clock['elapsed'] = SYSTEM_CLOCK.elapsed) {
    this.#elapsed = elapsed
  }

  async get(key: CacheKey): Promise<CachedEntry | undefined> {
    const standing = this.#standing(nameOf(key))
    if (standing?.sealed === undefined) return undefined
    return { sealed: standing.sealed, lifeMs: standing.endsAt - this.#elapsed() }
  }

  async put(key: CacheKey, { epoch, version }: Standing, sealed: Uint8Array, lifeMs: number) {
    const name = nameOf(key)
    if (this.#versionOf(name, epoch) > version) return
    // A copy, because the bytes can be part of a larger buffer, which would stay in memory.
    const bytes = new Uint8Array(sealed)
    this.#entries.set(name, { epoch, version, sealed: bytes, endsAt: this.#elapsed() + lifeMs })
  }

  async bury(keys: readonly CacheKey[], { epoch, version }: Standing, lifeMs: number) {
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

  /** Changes nothing, for others may share it. */
  async close(): Promise<void> {}

  #standing(name: string): Kept | undefined {
    const standing = this.#entries.get(name)
    return standing !== undefined && standing.endsAt > this.#elapsed() ? standing : undefined
  }

  /** The version that stands under a name in this epoch, else -1. */
  #versionOf(name: string, epoch: string): number {
    const standing = this.#standing(name)
    return standing?.epoch === epoch ? standing.version : -1
  }
}

const nameOf = ({ organization, subject }: CacheKey) => `${organization}:${subject}`
