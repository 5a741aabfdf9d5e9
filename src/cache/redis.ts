/**
 * The shared cache in Redis: one server, or a master that Sentinels name.
 *
 * @module
 */

import { once } from 'node:events'
import type { Cache, CachedEntry, CacheKey, CacheListener, EntryVersion } from './cache.ts'
import { type Clock, SYSTEM_CLOCK } from './clock.ts'
import { Connection, type ConnectionLimits, type RedisCacheOptions } from './redis-connection.ts'
import { Subscription } from './redis-subscription.ts'

const CHANNEL = 'ews:changes'
/** Time after a failure during which no request is sent to Redis, except health checks. */
const BACKOFF_MS = 1_000
/**
 * Maximum size of an entry. Redis would take too long to send a larger one, so larger entries are neither stored
 * nor read.
 */
const MAX_BYTES = 4 * 1_024 * 1_024
/** Maximum number of tombstones in one script, so that other clients of Redis wait at most a millisecond. */
const BATCH_KEYS = 250

/** Limits of a cache in Redis, in milliseconds, and the clock that ends a back-off. */
export type RedisTiming = ConnectionLimits &
  Readonly<{
    /** Maximum wait of a request for Redis, before it goes to the store. */
    answerMs: number
    /** Maximum wait for a Redis health check. */
    pingMs: number
    elapsed: Clock['elapsed']
  }>

const TIMING: RedisTiming = {
  connectMs: 1_000,
  silenceMs: 500,
  answerMs: 50,
  pingMs: 1_000,
  elapsed: SYSTEM_CLOCK.elapsed,
}

/**
 * Connects immediately, and reconnects after every loss. While it is not connected, and for a second after a
 * failure, every call rejects at once. Only {@link RedisCache.ping} waits for the connection.
 */
export class RedisCache implements Cache {
  readonly #options: RedisCacheOptions
  readonly #connection: Connection
  readonly #timing: RedisTiming
  #subscription: Subscription | undefined
  #backsOffUntil = Number.NEGATIVE_INFINITY

  /** @throws Error if `tls.ca` is not a certificate */
  constructor(options: RedisCacheOptions, timing: Partial<RedisTiming> = {}) {
    this.#options = options
    this.#timing = { ...TIMING, ...timing }
    this.#connection = new Connection(options, this.#timing)
  }

  async get(key: CacheKey): Promise<CachedEntry | undefined> {
    const found = await this.#ask(({ redis }) => redis.readEntryBuffer(nameOf(key), MAX_BYTES))
    if (found === null) return undefined
    const [sealed, lifeMs] = found
    return { sealed, lifeMs }
  }

  async put(key: CacheKey, { epoch, version }: EntryVersion, sealed: Uint8Array, lifeMs: number) {
    if (sealed.length > MAX_BYTES) return
    const bytes = asBuffer(sealed)
    await this.#ask(({ redis }) =>
      redis.putEntry(nameOf(key), epoch, version, wholeMs(lifeMs), bytes),
    )
  }

  async writeTombstones(
    keys: readonly CacheKey[],
    { epoch, version }: EntryVersion,
    lifeMs: number,
  ) {
    const batches = batchesOf(keys.map(nameOf))
    await this.#ask(({ redis }) => {
      const write = (names: readonly string[]) =>
        redis.writeTombstones(names.length, ...names, epoch, version, wholeMs(lifeMs))
      return Promise.all(batches.map(write))
    })
  }

  async publish(message: Uint8Array): Promise<void> {
    await this.#ask(({ redis }) => redis.publish(CHANNEL, asBuffer(message)))
  }

  listen(listener: CacheListener): void {
    this.#subscription = new Subscription(
      new Connection(this.#options, this.#timing),
      CHANNEL,
      listener,
    )
  }

  async ping(): Promise<void> {
    const { redis, isReady } = this.#connection
    const { pingMs } = this.#timing
    try {
      const signal = AbortSignal.timeout(pingMs)
      if (!isReady) await once(redis, 'ready', { signal })
      // Reads a key, because the response also shows that the account has the necessary permissions.
      await within(pingMs, redis.readEntryBuffer('ews:{}:ping', 0))
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'AbortError'
      throw this.#connection.errorOf(isLate ? 'cannot be reached' : error)
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#connection.close(), this.#subscription?.close()])
  }

  async #ask<T>(command: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#connection
    const { answerMs, elapsed } = this.#timing
    if (elapsed() < this.#backsOffUntil)
      throw connection.errorOf('not used shortly after a failure')
    if (!connection.isReady) throw connection.errorOf('not connected')
    try {
      const answer = await within(answerMs, command(connection))
      connection.works()
      return answer
    } catch (error) {
      this.#backsOffUntil = elapsed() + BACKOFF_MS
      throw connection.failed(error)
    }
  }
}

/** The braces put all keys of one organization into one slot of a Redis cluster. */
const nameOf = ({ organization, subject }: CacheKey) => `ews:{${organization}}:${subject}`

/** Redis takes whole milliseconds only. 0 would delete the key. */
const wholeMs = (ms: number) => Math.max(1, Math.floor(ms))

const batchesOf = (names: readonly string[]) =>
  Array.from({ length: Math.ceil(names.length / BATCH_KEYS) }, (_, batch) =>
    names.slice(batch * BATCH_KEYS, (batch + 1) * BATCH_KEYS),
  )

/** Returns the same bytes as a Buffer, which ioredis requires. */
const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength)

/**
 * Returns the result of a promise, or rejects after a timeout. If the process was busy, a response that has arrived
 * by then still counts.
 */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    setImmediate(() => reject(new Error(`no answer within ${ms} ms`)))
  }, ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
