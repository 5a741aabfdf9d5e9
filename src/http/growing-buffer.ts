/**
 * Gathers chunks in one buffer, so that the memory they take follows their bytes and not their number.
 *
 * @module
 */

const EMPTY = Buffer.alloc(0)
/** Smallest buffer that chunks are copied into, in bytes. */
const SMALLEST = 4_096

export class GrowingBuffer {
  #bytes: Buffer = EMPTY
  #length = 0
  /** Whether there is room behind the bytes that belongs to this buffer. */
  #isOwn = false

  /** @param first - is kept as it is, and not copied */
  constructor(first?: Buffer) {
    if (first !== undefined) this.add(first)
  }

  get length(): number {
    return this.#length
  }

  /** Bytes gathered so far. Valid until the next call of {@link add} or {@link take}. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /**
   * Appends a chunk. A first chunk is kept as it is, and not copied.
   *
   * @param capacity - size to grow to if there is no room; by default twice what there is
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

  /** Returns the bytes gathered so far, and begins again without any. */
  take(): Buffer {
    const { bytes } = this
    this.#bytes = EMPTY
    this.#length = 0
    this.#isOwn = false
    return bytes
  }

  #grow(capacity: number): void {
    // Not from Node's pool: a small buffer would keep all of a slab.
    const grown = Buffer.allocUnsafeSlow(Math.max(capacity, SMALLEST))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
    this.#isOwn = true
  }
}
