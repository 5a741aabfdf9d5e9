/**
 * Markup that is kept until it is whole.
 *
 * @module
 */

import { MAX_TAG_BYTES } from './limits.ts'
import { NOTHING } from './text.ts'

const LESS = 0x3c
const GREATER = 0x3e
const QUOTE = 0x22
const APOSTROPHE = 0x27
/** Up to the length of `<![CDATA[` every byte can settle what the markup is. */
const OPENING_BYTES = 9

/** Bytes from a `<` on. Reading them is tried only when they may be whole, so it is tried rarely. */
export class PartialTag {
  #bytes = NOTHING
  /** The quote that is open. */
  #quote = 0
  #mayBeComplete = false
  length = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** Whether what is kept can be read, or refused. */
  get mayBeComplete(): boolean {
    return this.#mayBeComplete
  }

  /** Adds bytes of which it is known that they are not whole. */
  add(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#follow(bytes[i] as number)
    this.#append(bytes, from, to)
    this.#mayBeComplete = false
  }

  /** Adds bytes up to the first that may make it whole. @returns where the next ones begin */
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

  /** Forgets markup that was read whole, so that no quote is open. */
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
