/**
 * Reads names, and remembers those that were read: to make strings of one costs more than all else.
 *
 * @module
 */

import { INCOMPLETE, refuseByte } from './attribute-value.ts'
import { AFTER_NAME, NAME } from './characters.ts'
import { malformed } from './malformed.ts'
import { type Name, NO_NAME, nameOf, same } from './names.ts'
import { copyOf } from './text.ts'

const SLOTS = 8192
const LONGEST_KEPT = 64

// One name per slot, the last one seen: bounded, and no input can make it slow.
const kept: (Name | undefined)[] = new Array(SLOTS).fill(undefined)

/**
 * By what the last few names were: the slot of the name that came next the last time. Documents
 * repeat themselves, so that most names need be compared only: markup goes a tenth faster.
 */
const next = new Uint16Array(SLOTS)
/** How far the names before count for less: about three of them make the context. */
const FADING_BITS = 5

/** Reads the names of one document, one after the other. */
export class NameReader {
  /** The name that was read last. */
  name: Name = NO_NAME
  readonly #longest: number
  #context = 0

  /** @param longest - bytes of one name */
  constructor(longest: number) {
    this.#longest = longest
  }

  /**
   * Reads the name that begins at `from`.
   *
   * @returns where it ends, or INCOMPLETE
   * @throws Failure
   */
  read(bytes: Uint8Array, from: number, to: number): number {
    const slot = next[this.#context] as number
    const guess = kept[slot]
    if (guess === undefined) return this.#readAny(bytes, from, to)
    const end = from + guess.bytes.length
    if (end >= to || AFTER_NAME[bytes[end] as number] === 0 || end - from > this.#longest)
      return this.#readAny(bytes, from, to)
    if (!same(guess.bytes, bytes, from, end)) return this.#readAny(bytes, from, to)
    this.name = guess
    this.#follow(slot)
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

    const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1)
    this.name = nameIn(slot, bytes, from, i)
    next[this.#context] = slot
    this.#follow(slot)
    return i
  }

  #follow(slot: number): void {
    this.#context = ((this.#context << FADING_BITS) ^ slot) & (SLOTS - 1)
  }
}

function nameIn(slot: number, bytes: Uint8Array, from: number, to: number): Name {
  const known = kept[slot]
  if (known !== undefined && same(known.bytes, bytes, from, to)) return known
  const name = nameOf(copyOf(bytes, from, to))
  if (to - from <= LONGEST_KEPT) kept[slot] = name
  return name
}
