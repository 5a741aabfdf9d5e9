/**
 * The streaming answers that are open, so that they can be ended.
 *
 * @module
 */

/** A stream that can be ended between two envelopes, or broken off at once. */
export interface Stoppable {
  stop(): void
  cut(): void
}

export class Streams {
  readonly #open = new Set<Stoppable>()
  #closing = false

  /**
   * Watches a stream and breaks it off when it takes longer than it may.
   *
   * @returns what is to be called when it has ended
   */
  add(stream: Stoppable, longestMs: number): () => void {
    this.#open.add(stream)
    const timer = setTimeout(() => stream.cut(), longestMs)
    if (this.#closing) stream.stop()
    return () => {
      clearTimeout(timer)
      this.#open.delete(stream)
    }
  }

  /** Ends all streams, and those that begin from now on. */
  end(): void {
    this.#closing = true
    for (const stream of this.#open) stream.stop()
  }
}
