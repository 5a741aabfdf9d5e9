/**
 * Decodes base64 as it streams.
 *
 * @module
 */

import { SPACES } from '../xml/characters.ts'
import { sextet } from './item-id.ts'

const PADDING = 0x3d
const NONE = 64

/** Returns the maximum number of bytes for a number of characters. One more byte can be left of those before. */
export const decodedLength = (characters: number): number => ((characters + 1) * 3) >> 2

/** Decodes text in chunks that can end anywhere. */
export class Base64Reader {
  /**
   * Whether two decoders could return different bytes: the text has foreign characters, or continues after its
   * padding.
   */
  broken = false
  #bits = 0
  /** Characters of the current group. */
  #group = 0
  #padding = 0

  /** Whether the text consists of groups of four characters, with at most two of padding. */
  get isWhole(): boolean {
    return !this.broken && this.#padding <= 2 && (this.#group + this.#padding) % 4 === 0
  }

  /**
   * Decodes `bytes[from..to)`.
   *
   * @param out - buffer for at least {@link decodedLength} bytes
   * @returns the number of bytes that were written
   */
  decode(bytes: Uint8Array, from: number, to: number, out: Uint8Array): number {
    let length = 0
    let i = from
    while (i < to) {
      if ((this.#group | this.#padding) === 0) {
        const next = decodeGroups(bytes, i, to, out, length)
        length += ((next - i) >> 2) * 3
        i = next
        if (i >= to) break
      }
      const code = bytes[i++] as number
      const value = sextet(code)
      if (value >= NONE) this.#skip(code)
      else length = this.#take(value, out, length)
    }
    return length
  }

  #take(value: number, out: Uint8Array, length: number): number {
    if (this.#padding > 0) this.broken = true
    this.#group = (this.#group + 1) & 3
    this.#bits = (this.#bits << 6) | value
    // The first character of a group has no byte of its own. The others leave 4, 2, and 0 bits.
    if (this.#group === 1) return length
    out[length] = this.#bits >> (((4 - this.#group) & 3) * 2)
    return length + 1
  }

  #skip(code: number): void {
    if (code === PADDING) this.#padding += 1
    else if (SPACES[code] !== 1) this.broken = true
  }
}

/**
 * Decodes groups of four base64 characters, up to a group with another character.
 *
 * @returns the offset of its end
 */
function decodeGroups(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  start: number,
): number {
  let length = start
  let i = from
  for (; i + 4 <= to; i += 4) {
    const a = sextet(bytes[i] as number)
    const b = sextet(bytes[i + 1] as number)
    const c = sextet(bytes[i + 2] as number)
    const d = sextet(bytes[i + 3] as number)
    if ((a | b | c | d) >= NONE) break
    out[length++] = (a << 2) | (b >> 4)
    out[length++] = ((b & 15) << 4) | (c >> 2)
    out[length++] = ((c & 3) << 6) | d
  }
  return i
}
