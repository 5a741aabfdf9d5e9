/**
 * Validates UTF-8 byte by byte, so that a character can be split between two chunks.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import { malformed, notUtf8 } from './malformed.ts'

/**
 * Validates bytes of 0x80 and more. Rejects overlong forms, surrogates, code points above U+10FFFF, incomplete
 * sequences, and code points that are not XML characters.
 */
export class Utf8 {
  /** Number of continuation bytes that are missing. */
  #missing = 0
  #code = 0
  /** Smallest code point that needs as many bytes as the current sequence. */
  #least = 0
  #noCharacter = false

  /** Whether a sequence is incomplete. */
  get open(): boolean {
    return this.#missing > 0
  }

  /** Whether the next byte, which must be 0x80 or more, is valid at this position. */
  accepts(byte: number): boolean {
    if (this.#missing > 0) return this.#continues(byte)
    if (byte < 0xc2 || byte > 0xf4) return false
    if (byte < 0xe0) return this.#starts(1, byte & 0x1f, 0x80)
    if (byte < 0xf0) return this.#starts(2, byte & 0x0f, 0x800)
    return this.#starts(3, byte & 0x07, 0x10000)
  }

  /** Returns the failure for a byte that was not accepted, or for ASCII inside a sequence. */
  failure(): Failure {
    return this.#noCharacter
      ? malformed('U+FFFE and U+FFFF are not XML characters')
      : notUtf8('the document is not UTF-8')
  }

  #starts(missing: number, bits: number, least: number): true {
    this.#missing = missing
    this.#code = bits
    this.#least = least
    return true
  }

  #continues(byte: number): boolean {
    if (byte > 0xbf) return false
    this.#code = (this.#code << 6) | (byte & 0x3f)
    this.#missing -= 1
    if (this.#missing > 0) return true

    const code = this.#code
    if (code < this.#least || code > 0x10ffff) return false
    this.#noCharacter = code === 0xfffe || code === 0xffff
    return (code < 0xd800 || code > 0xdfff) && !this.#noCharacter
  }
}

/** Skips complete, valid characters of several bytes. @returns the offset of the first other byte */
export function skipCharacters(bytes: Uint8Array, from: number, to: number): number {
  let i = from
  for (;;) {
    const length = lengthAt(bytes, i, to)
    if (length === 0) return i
    i += length
  }
}

/** Returns the length of a valid character in bytes; 0 if `Utf8` must check it byte by byte. */
function lengthAt(bytes: Uint8Array, at: number, to: number): number {
  const first = bytes[at] as number
  if (first < 0xc2 || at + 2 > to || !continues(bytes, at + 1)) return 0
  if (first < 0xe0) return 2
  if (at + 3 > to || !continues(bytes, at + 2)) return 0
  const three = ((first & 0x0f) << 12) | (bits(bytes, at + 1) << 6) | bits(bytes, at + 2)
  if (first < 0xf0)
    return three >= 0x800 && (three < 0xd800 || three > 0xdfff) && three < 0xfffe ? 3 : 0
  if (at + 4 > to || !continues(bytes, at + 3)) return 0
  // The first three bytes hold the upper bits. Those of the last byte do not affect the result.
  return three >= 0x400 && three <= 0x43ff ? 4 : 0
}

const continues = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at] as number) & 0xc0) === 0x80
const bits = (bytes: Uint8Array, at: number): number => (bytes[at] as number) & 0x3f
