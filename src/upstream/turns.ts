/**
 * Turns at the connections to an upstream: so many at a time, the others wait in line.
 *
 * undici's pool has a line too, but nobody can leave it, so a body whose client is long gone
 * would stay in memory.
 *
 * @module
 */

/** Somebody who wants a connection. Exactly one of the two is called, unless it leaves first. */
export interface Waiter {
  /** Its turn: it has a connection until it leaves. */
  go(): void
  /** It waited until the deadline and is out of the line. */
  late(): void
}

export class Turns {
  readonly #connections: number
  readonly #deadlineMs: number
  readonly #going = new Set<Waiter>()
  readonly #waiting = new Map<Waiter, NodeJS.Timeout>()
  readonly #onIdle: (() => void)[] = []

  constructor(connections: number, deadlineMs: number) {
    this.#connections = connections
    this.#deadlineMs = deadlineMs
  }

  /** Gives a turn, now where a connection is free. Who came first goes first. */
  ask(waiter: Waiter): void {
    if (this.#going.size < this.#connections) {
      this.#going.add(waiter)
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
    if (this.#going.delete(waiter)) this.#next()
    this.#tellIdle()
  }

  /** Resolves when nobody has a turn or waits for one. */
  idle(): Promise<void> {
    return new Promise(resolve => {
      this.#onIdle.push(resolve)
      this.#tellIdle()
    })
  }

  #next(): void {
    for (const [waiter, timer] of this.#waiting) {
      clearTimeout(timer)
      this.#waiting.delete(waiter)
      this.#going.add(waiter)
      // Whoever left may stand within a call of undici's, which takes no new request there.
      queueMicrotask(() => {
        if (this.#going.has(waiter)) waiter.go()
      })
      return
    }
  }

  #tellIdle(): void {
    if (this.#going.size > 0 || this.#waiting.size > 0) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }
}
