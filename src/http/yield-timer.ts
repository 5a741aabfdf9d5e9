/**
 * Lets other requests run while a large body is read. A socket delivers up to 32 chunks in one turn of the event
 * loop, and scanning these 2 MB of markup takes 9 ms. So the reader must yield after 3 ms.
 *
 * @module
 */

const MAX_TURN_MS = 3

/** Measures how long bodies have been read in the current turn of the event loop. */
export class YieldTimer {
  readonly #now: () => number
  #since: number | undefined

  /** @param now - monotonic time in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether the reader must wait for the next turn, with `setImmediate`. */
  get isDue(): boolean {
    const now = this.#now()
    if (this.#since !== undefined) return now - this.#since >= MAX_TURN_MS
    this.#since = now
    setImmediate(() => {
      this.#since = undefined
    })
    return false
  }
}
