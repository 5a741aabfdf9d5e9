/**
 * A shared cache in this process, for tests with several gateways.
 *
 * @module
 */

import type {
  Cache,
  CachedEntry,
  CacheKey,
  CacheListener,
  EntryVersion,
} from '../../src/cache/cache.ts'
import type { Clock } from '../../src/cache/clock.ts'

type StoredEntry = EntryVersion & Readonly<{ endsAt: number; sealed?: Uint8Array }>

/** A cache in memory. Several gateways of one process can share it. Each of them receives all messages. */
export class MemoryCache implements Cache {
  readonly #elapsed: Clock['elapsed']
  readonly #listeners: CacheListener[] = []
  readonly #entries = new Map<string, StoredEntry>()

  constructor(elapsed: Clock['elapsed']) {
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
