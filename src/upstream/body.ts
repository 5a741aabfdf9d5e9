/**
 * A streamed request body that can be stopped at any time.
 *
 * undici reads an async iterable to its end, and notices only with the next chunk that the request has ended. So
 * the body of a slow or silent client would stay in memory.
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

  /** Stops reading immediately, and ends the source. A pending read returns the end of the body. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#release?.()
    if ('destroy' in this.#source && typeof this.#source.destroy === 'function') {
      this.#source.destroy()
    }
    const iterator = this.#iterator ?? this.#source[Symbol.asyncIterator]()
    // Ignores errors of a source that was stopped.
    Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}
