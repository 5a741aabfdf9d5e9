/**
 * Collects chunks in one buffer, so that memory depends on the number of bytes, and not on the number of chunks.
 *
 * @module
 */

const EMPTY = Buffer.alloc(0)
/** Smallest buffer that chunks are copied into, in bytes. */
const SMALLEST = 4_096

export class GrowingBuffer {
  #bytes: Buffer = EMPTY
  #length = 0
  /** Whether this object allocated the buffer, so that it may write after the bytes. */
  #isOwn = false

  /** @param first - first chunk, which is not copied */
  constructor(first?: Buffer) {
    if (first !== undefined) this.add(first)
  }

  get length(): number {
    return this.#length
  }

  /** Bytes collected so far. Valid until the next call of {@link add} or {@link take}. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /**
   * Appends a chunk. The first chunk is not copied.
   *
   * @param capacity - new size if the buffer is too small; by default twice the current length
   */
  add(chunk: Buffer, capacity = 2 * this.#length): void {
    if (this.#length === 0) {
      this.#bytes = chunk
      this.#length = chunk.length
      this.#isOwn = false
      return
    }
    const length = this.#length + chunk.length
    if (!this.#isOwn || length > this.#bytes.length) this.#grow(Math.max(length, capacity))
    chunk.copy(this.#bytes, this.#length)
    this.#length = length
  }

  /** Returns the bytes collected so far, and starts again with an empty buffer. */
  take(): Buffer {
    const { bytes } = this
    this.#bytes = EMPTY
    this.#length = 0
    this.#isOwn = false
    return bytes
  }

  #grow(capacity: number): void {
    // Doesn't use Node's buffer pool, because a small buffer would keep a whole block of the pool in memory.
    const grown = Buffer.allocUnsafeSlow(Math.max(capacity, SMALLEST))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
    this.#isOwn = true
  }
}
