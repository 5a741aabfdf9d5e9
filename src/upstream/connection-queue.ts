/**
 * Fair queue for the connections to an upstream.
 *
 * The queue of undici's pool is not enough. A request can't leave that queue, so the body of a disconnected client
 * would stay in memory. It is not fair, either: one client that reads its responses slowly could occupy all
 * connections.
 *
 * @module
 */

/**
 * A request that waits for a connection. Exactly one of the two callbacks is called, unless the entry is released
 * first.
 */
export interface QueueEntry {
  /** Owner whose share of the connections the request counts toward. Without an owner, no share limits it. */
  readonly owner?: string | undefined
  /**
   * Whether the request has a connection. Only the queue sets it. It replaces a Set of entries, which would keep
   * released entries in memory until the next major garbage collection.
   */
  hasConnection?: boolean
  /** Called when the request has a connection, which it keeps until it is released. */
  granted(): void
  /** Called when the request has waited until the deadline. It has then left the queue. */
  timedOut(): void
}

/** A quarter of the connections is reserved: no single owner can use all of them. */
const RESERVED_DIVISOR = 4

export class ConnectionQueue {
  readonly #connections: number
  readonly #share: number
  readonly #deadlineMs: number
  #inUse = 0
  /** Connections in use by owner. */
  readonly #counts = new Map<string, number>()
  readonly #waiting = new Map<QueueEntry, NodeJS.Timeout>()
  readonly #onIdle: (() => void)[] = []

  constructor(connections: number, deadlineMs: number) {
    this.#connections = connections
    this.#share = connections - Math.floor(connections / RESERVED_DIVISOR)
    this.#deadlineMs = deadlineMs
  }

  /**
   * Grants a connection, immediately if one is free and the owner has not used up its share. Otherwise the
   * entry waits. Entries are served in order, except those whose owner has used up its share.
   */
  acquire(entry: QueueEntry): void {
    if (this.#isFree(entry)) {
      this.#grant(entry)
      entry.granted()
      return
    }
    const timeOut = () => {
      this.#waiting.delete(entry)
      entry.timedOut()
      this.#notifyIdle()
    }
    this.#waiting.set(entry, setTimeout(timeOut, this.#deadlineMs))
  }

  /** Releases the connection, or leaves the queue. Further calls have no effect. */
  release(entry: QueueEntry): void {
    const timer = this.#waiting.get(entry)
    if (timer !== undefined) {
      clearTimeout(timer)
      this.#waiting.delete(entry)
    }
    if (this.#reclaim(entry)) this.#grantNext()
    this.#notifyIdle()
  }

  /** Resolves when no entry has a connection or waits for one. */
  idle(): Promise<void> {
    return new Promise(resolve => {
      this.#onIdle.push(resolve)
      this.#notifyIdle()
    })
  }

  #isFree({ owner }: QueueEntry): boolean {
    if (this.#inUse >= this.#connections) return false
    return owner === undefined || (this.#counts.get(owner) ?? 0) < this.#share
  }

  #grant(entry: QueueEntry): void {
    entry.hasConnection = true
    this.#inUse += 1
    const { owner } = entry
    if (owner !== undefined) this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1)
  }

  #reclaim(entry: QueueEntry): boolean {
    if (entry.hasConnection !== true) return false
    entry.hasConnection = false
    this.#inUse -= 1
    const { owner } = entry
    const left = owner === undefined ? 0 : (this.#counts.get(owner) ?? 1) - 1
    if (owner !== undefined && left > 0) this.#counts.set(owner, left)
    else if (owner !== undefined) this.#counts.delete(owner)
    return true
  }

  #grantNext(): void {
    for (const [entry, timer] of this.#waiting) {
      if (!this.#isFree(entry)) continue
      clearTimeout(timer)
      this.#waiting.delete(entry)
      this.#grant(entry)
      // Deferred, because the release can happen during a callback of undici, in which undici accepts no new
      // request.
      queueMicrotask(() => {
        if (entry.hasConnection === true) entry.granted()
      })
      return
    }
  }

  #notifyIdle(): void {
    if (this.#inUse > 0 || this.#waiting.size > 0) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }
}
