/**
 * Tracks the open streaming responses, so that they can be ended.
 *
 * @module
 */

/** A stream that can be ended after its current envelope, or aborted immediately. */
export interface Stoppable {
  stop(): void
  cut(): void
}

export class Streams {
  readonly #open = new Set<Stoppable>()
  #closing = false

  /** Adds a stream, and aborts it after its maximum duration. @returns function to call when the stream has ended */
  add(stream: Stoppable, longestMs: number): () => void {
    this.#open.add(stream)
    const timer = setTimeout(() => stream.cut(), longestMs)
    if (this.#closing) stream.stop()
    return () => {
      clearTimeout(timer)
      this.#open.delete(stream)
    }
  }

  /** Ends all streams, including those that begin later. */
  end(): void {
    this.#closing = true
    for (const stream of this.#open) stream.stop()
  }
}
