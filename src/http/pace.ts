/**
 * Keeps whoever sends much from holding up all others.
 *
 * A socket gives up to 32 pieces within one turn of the event loop, as long as each of them is taken:
 * 2 MB of markup, which take 9 ms to read. Others have their turn after three.
 *
 * @module
 */

const LONG_MS = 3

/** Knows how long the present turn of the event loop has been, since the first body was read in it. */
export class Pace {
  readonly #now: () => number
  #since: number | undefined

  /** @param now - the time in milliseconds, which never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether it is time to wait for the next turn, by `setImmediate`. */
  get isLong(): boolean {
    const now = this.#now()
    if (this.#since !== undefined) return now - this.#since >= LONG_MS
    this.#since = now
    setImmediate(() => {
      this.#since = undefined
    })
    return false
  }
}
