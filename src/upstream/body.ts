/**
 * A streamed request body that can be given up at any moment.
 *
 * undici reads an async iterable to its end and, when the request is over, notices only at the
 * next chunk; a client that is slow or silent would keep everything alive until then.
 *
 * @module
 */

const DONE: IteratorResult<Uint8Array> = { done: true, value: undefined }

export class StoppableBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>
  #iterator: AsyncIterator<Uint8Array> | undefined
  #release: (() => void) | undefined
  #stopped = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#stopped) return Promise.resolve(DONE)
    this.#iterator ??= this.#source[Symbol.asyncIterator]()
    const chunk = this.#iterator.next()
    return new Promise((resolve, reject) => {
      this.#release = () => resolve(DONE)
      chunk.then(resolve, reject)
    })
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.stop()
    return Promise.resolve(DONE)
  }

  /**
   * Ends the reading now, and tells the source: a stream is destroyed, an iterator returned.
   * Whoever waits for a chunk gets the end.
   */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#release?.()
    if ('destroy' in this.#source && typeof this.#source.destroy === 'function') {
      this.#source.destroy()
    }
    const iterator = this.#iterator ?? this.#source[Symbol.asyncIterator]()
    // What a source says while it is given up concerns nobody any more.
    Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}
