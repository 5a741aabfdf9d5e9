/**
 * Buffers markup until it is complete.
 *
 * @module
 */

import { MAX_TAG_BYTES } from './limits.ts'
import { NOTHING } from './text.ts'

const LESS = 0x3c
const GREATER = 0x3e
const QUOTE = 0x22
const APOSTROPHE = 0x27
/** Length of `<![CDATA[`. Each of the first bytes up to this length can determine the kind of markup. */
const OPENING_BYTES = 9

/**
 * Buffer for markup, starting at its `<`. It is parsed only once it could be complete, so incomplete markup is
 * rarely parsed twice.
 */
export class PartialTag {
  #bytes = NOTHING
  /** The open quote; 0 outside of quotes. */
  #quote = 0
  #mayBeComplete = false
  length = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** Whether the bytes could be complete or invalid, so that they must be parsed. */
  get mayBeComplete(): boolean {
    return this.#mayBeComplete
  }

  /** Adds bytes that are known to be incomplete. */
  add(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#follow(bytes[i] as number)
    this.#append(bytes, from, to)
  }

  /** Adds bytes up to the first one that could complete the markup. @returns the offset of the next byte */
  addUntilMaybeComplete(bytes: Uint8Array, from: number): number {
    this.#mayBeComplete = false
    let i = from
    while (i < bytes.length && !this.#mayBeComplete) {
      const byte = bytes[i++] as number
      this.#follow(byte)
      this.#mayBeComplete = this.#ends(byte, this.length + i - from)
    }
    this.#append(bytes, from, i)
    return i
  }

  /** Clears the buffer after the markup was read completely. */
  clear(): void {
    this.length = 0
  }

  #follow(byte: number): void {
    if (this.#quote === byte) this.#quote = 0
    else if (this.#quote === 0 && (byte === QUOTE || byte === APOSTROPHE)) this.#quote = byte
  }

  #ends(byte: number, length: number): boolean {
    if (length <= OPENING_BYTES || length >= MAX_TAG_BYTES) return true
    return byte === LESS || (byte === GREATER && this.#quote === 0)
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const length = this.length + to - from
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length, 256))
      larger.set(this.bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytes.subarray(from, to), this.length)
    this.length = length
  }
}
