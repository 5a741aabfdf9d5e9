/**
 * Reads names, and recognizes those that were read before.
 *
 * @module
 */

import { INCOMPLETE, refuseByte } from './attribute-value.ts'
import { AFTER_NAME, NAME } from './characters.ts'
import { malformed } from './malformed.ts'
import { contextAfter, type NameTable, slotOf } from './name-table.ts'
import { type Name, NO_NAME, same } from './names.ts'

/** Reads the names of one document, one after the other. */
export class NameReader {
  /** The name that was read last. */
  name: Name = NO_NAME
  readonly #longest: number
  readonly #table: NameTable
  #context = 0

  /**
   * @param longest - bytes of one name
   * @param table - names that were read before, in this document or another
   */
  constructor(longest: number, table: NameTable) {
    this.#longest = longest
    this.#table = table
  }

  /**
   * Reads the name that begins at `from`.
   *
   * @returns where it ends, or INCOMPLETE
   * @throws Failure
   */
  read(bytes: Uint8Array, from: number, to: number): number {
    const table = this.#table
    const slot = table.next[this.#context] as number
    const guess = table.slots[slot]
    if (guess === undefined) return this.#readAny(bytes, from, to)
    const end = from + guess.bytes.length
    if (end >= to || AFTER_NAME[bytes[end] as number] === 0 || end - from > this.#longest)
      return this.#readAny(bytes, from, to)
    if (!same(guess.bytes, bytes, from, end)) return this.#readAny(bytes, from, to)
    this.name = guess
    this.#context = contextAfter(this.#context, slot)
    return end
  }

  #readAny(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0
    let i = from
    while (i < to && NAME[bytes[i] as number] === 1) {
      hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
      i++
    }
    if (i - from > this.#longest) throw malformed('a name is too long')
    if (i >= to) return INCOMPLETE
    if ((bytes[i] as number) >= 0x80) return refuseByte(bytes, i, to)
    if (i === from) throw malformed('a name is missing')

    const slot = slotOf(hash)
    this.name = this.#table.nameIn(slot, bytes, from, i)
    this.#table.next[this.#context] = slot
    this.#context = contextAfter(this.#context, slot)
    return i
  }
}
