/**
 * A chunk of a document. Plain parts of it are skipped two bytes at a time.
 *
 * @module
 */

import type { Delimiters } from './characters.ts'

/** Number of byte pairs after which a run of plain text counts as long. IDs are shorter. */
const SHORT_RUN = 96
const NO_PAIRS = new Uint16Array()

export class ScanBuffer {
  readonly bytes: Uint8Array
  /** The memory of {@link bytes} as pairs of bytes. Pairs begin only at even addresses. */
  readonly #pairs: Uint16Array
  /** Offset of the first pair: 0, or 1 if the chunk begins at an odd address. */
  readonly #first: number

  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes
    this.bytes = bytes
    this.#first = byteOffset & 1
    this.#pairs =
      length === 0
        ? NO_PAIRS
        : new Uint16Array(buffer, byteOffset + this.#first, (length - this.#first) >> 1)
  }

  /** Returns the offset of the next delimiter, or `to` if there is none before it. */
  skip(from: number, to: number, delimiters: Delimiters): number {
    const { bytes } = this
    const first = this.#first
    let i = from
    if (((i ^ first) & 1) === 1) {
      if (i >= to || delimiters.bytes[bytes[i] as number] === 1) return i
      i++
    }
    i = 2 * this.#skipPairs((i - first) >> 1, (to - first) >> 1, delimiters.pairs) + first
    return i < to && delimiters.bytes[bytes[i] as number] === 0 ? i + 1 : i
  }

  #skipPairs(from: number, to: number, delimiters: Uint8Array): number {
    const pairs = this.#pairs
    const soon = Math.min(to, from + SHORT_RUN)
    let i = from
    while (i < soon && delimiters[pairs[i] as number] === 0) i++
    if (i < soon) return i
    i += skipFours(pairs.subarray(i, to), delimiters)
    while (i < to && delimiters[pairs[i] as number] === 0) i++
    return i
  }
}

/** Skips pairs, four at a time. A loop from 0 without a remainder is the fastest way. */
function skipFours(pairs: Uint16Array, delimiters: Uint8Array): number {
  const last = pairs.length - 4
  let i = 0
  while (
    i <= last &&
    ((delimiters[pairs[i] as number] as number) |
      (delimiters[pairs[i + 1] as number] as number) |
      (delimiters[pairs[i + 2] as number] as number) |
      (delimiters[pairs[i + 3] as number] as number)) ===
      0
  )
    i += 4
  return i
}
