/**
 * Caches names, because creating their strings takes longer than all other work of the scanner.
 *
 * @module
 */

import { type FlagsOf, type Name, nameOf, same } from './names.ts'
import { copyOf } from './text.ts'

const SLOTS = 8192
const MAX_CACHED_BYTES = 64

/** Names of one vocabulary. */
export class NameTable {
  /** The last name read in each slot. The size is fixed, so no input can slow it down. */
  readonly #slots: (Name | undefined)[] = new Array(SLOTS).fill(undefined)
  readonly #flagsOf: FlagsOf

  constructor(flagsOf: FlagsOf) {
    this.#flagsOf = flagsOf
  }

  /** Returns the name in `bytes[from..to)`. Caches it in `slot` if it is short. */
  nameIn(slot: number, bytes: Uint8Array, from: number, to: number): Name {
    const known = this.#slots[slot]
    if (known !== undefined && same(known.bytes, bytes, from, to)) return known
    const name = nameOf(copyOf(bytes, from, to), this.#flagsOf)
    if (to - from <= MAX_CACHED_BYTES) this.#slots[slot] = name
    return name
  }
}

export const slotOf = (hash: number): number => (hash ^ (hash >>> 13)) & (SLOTS - 1)
