/**
 * Reads names, and reuses names that were read before.
 *
 * @module
 */

import { INCOMPLETE, rejectByte } from './attribute-value.ts'
import { NAME } from './characters.ts'
import { malformed } from './malformed.ts'
import { type NameTable, slotOf } from './name-table.ts'
import { type Name, NO_NAME } from './names.ts'

/** Reads the names of one document. */
export class NameReader {
  /** The name that was last read. */
  name: Name = NO_NAME
  readonly #maxBytes: number
  readonly #table: NameTable

  /**
   * @param maxBytes - maximum length of a name
   * @param table - cache of names, of this document and others
   */
  constructor(maxBytes: number, table: NameTable) {
    this.#maxBytes = maxBytes
    this.#table = table
  }

  /**
   * Reads the name at `from`.
   *
   * @returns the offset of its end, or INCOMPLETE
   * @throws Failure
   */
  read(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0
    let i = from
    while (i < to && NAME[bytes[i] as number] === 1) {
      hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
      i++
    }
    if (i - from > this.#maxBytes) throw malformed(`a name is longer than ${this.#maxBytes} bytes`)
    if (i >= to) return INCOMPLETE
    if ((bytes[i] as number) >= 0x80) return rejectByte(bytes, i, to)
    if (i === from) throw malformed('a name is missing')

    this.name = this.#table.nameIn(slotOf(hash), bytes, from, i)
    return i
  }
}
