/**
 * Turns at the connections to an upstream: so many at a time, the others wait in line.
 *
 * undici's pool has a line too, but nobody can leave it, so a body whose client is long gone
 * would stay in memory. And nobody has a share of it: who asks much and takes the answers slowly, or
 * never, would keep all others out.
 *
 * @module
 */

/** Somebody who wants a connection. Exactly one of the two is called, unless it leaves first. */
export interface Waiter {
  /** Whose share of the connections it takes; undefined: nobody's. */
  readonly owner?: string | undefined
  /**
   * Whether it has a turn; written by the line alone. A Set of them would keep all until the next
   * great collection: tables that a Set has outgrown hold what was in them, and the next table.
   */
  hasTurn?: boolean
  /** Its turn: it has a connection until it leaves. */
  go(): void
  /** It waited until the deadline and is out of the line. */
  late(): void
}

/** One in so many connections is kept for others than the one who has the most. */
const KEPT_FOR_OTHERS = 4

export class Turns {
  readonly #connections: number
  readonly #share: number
  readonly #deadlineMs: number
  #going = 0
  /** How many of those are whose. */
  readonly #counts = new Map<string, number>()
  readonly #waiting = new Map<Waiter, NodeJS.Timeout>()
  readonly #onIdle: (() => void)[] = []

  constructor(connections: number, deadlineMs: number) {
    this.#connections = connections
    this.#share = connections - Math.floor(connections / KEPT_FOR_OTHERS)
    this.#deadlineMs = deadlineMs
  }

  /**
   * Gives a turn, now where a connection is free and the owner has not had his share. Who came first
   * goes first, but for those whose owner has.
   */
  ask(waiter: Waiter): void {
    if (this.#mayGo(waiter)) {
      this.#enter(waiter)
      waiter.go()
      return
    }
    const late = () => {
      this.#waiting.delete(waiter)
      waiter.late()
      this.#tellIdle()
    }
    this.#waiting.set(waiter, setTimeout(late, this.#deadlineMs))
  }

  /** Gives the connection, or the place in the line, back. A second time it does nothing. */
  leave(waiter: Waiter): void {
    const timer = this.#waiting.get(waiter)
    if (timer !== undefined) {
      clearTimeout(timer)
      this.#waiting.delete(waiter)
    }
    if (this.#exit(waiter)) this.#next()
    this.#tellIdle()
  }

  /** Resolves when nobody has a turn or waits for one. */
  idle(): Promise<void> {
    return new Promise(resolve => {
      this.#onIdle.push(resolve)
      this.#tellIdle()
    })
  }

  #mayGo({ owner }: Waiter): boolean {
    if (this.#going >= this.#connections) return false
    return owner === undefined || (this.#counts.get(owner) ?? 0) < this.#share
  }

  #enter(waiter: Waiter): void {
    waiter.hasTurn = true
    this.#going += 1
    const { owner } = waiter
    if (owner !== undefined) this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1)
  }

  #exit(waiter: Waiter): boolean {
    if (waiter.hasTurn !== true) return false
    waiter.hasTurn = false
    this.#going -= 1
    const { owner } = waiter
    const left = owner === undefined ? 0 : (this.#counts.get(owner) ?? 1) - 1
    if (owner !== undefined && left > 0) this.#counts.set(owner, left)
    else if (owner !== undefined) this.#counts.delete(owner)
    return true
  }

  #next(): void {
    for (const [waiter, timer] of this.#waiting) {
      if (!this.#mayGo(waiter)) continue
      clearTimeout(timer)
      this.#waiting.delete(waiter)
      this.#enter(waiter)
      // Whoever left may stand within a call of undici's, which takes no new request there.
      queueMicrotask(() => {
        if (waiter.hasTurn === true) waiter.go()
      })
      return
    }
  }

  #tellIdle(): void {
    if (this.#going > 0 || this.#waiting.size > 0) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }
}
