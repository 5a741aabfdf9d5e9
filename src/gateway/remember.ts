/**
 * Caches parsed prologues, because clients send the same bytes before the operation thousands of times.
 *
 * An entry is the result of a full parse from byte 0 to the operation element. Its key is all of these bytes.
 * An entry contains only syntax, so it never becomes stale.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { Remembered } from '../ews/reader.ts'

const MAX_PROLOGUE_BYTES = 4_096
const PRINCIPALS = 256
const BYTES_PER_PRINCIPAL = 256 * 1_024
/** Estimated memory of an entry in addition to the bytes of its key. */
const ENTRY_BYTES = 1_024

type Entries = LRUCache<string, Remembered>

/**
 * Prologues of one principal. `last` is the last hit, because most clients send the same prologue again, and
 * comparing its bytes takes a tenth of the time of a lookup.
 */
type CachedPrologues = {
  readonly entries: Entries
  last?: Readonly<{ bytes: Buffer; remembered: Remembered }>
}

export class PrologueMemory {
  readonly #principals = new LRUCache<string, CachedPrologues>({ max: PRINCIPALS })

  /** Returns the cached result for the beginning of a request. The reader then continues after the prologue. */
  find(principalId: string, bytes: Buffer): Remembered | undefined {
    const known = this.#principals.get(principalId)
    if (known === undefined) return undefined
    if (known.last !== undefined && begins(bytes, known.last.bytes)) return known.last.remembered
    const prologue = guessPrologue(bytes)
    const remembered = known.entries.get(prologue.toString('latin1'))
    if (remembered !== undefined) known.last = { bytes: Buffer.from(prologue), remembered }
    return remembered
  }

  /** Caches the result of a full parse of `bytes`, if they are short and contain the whole prologue. */
  add(principalId: string, bytes: Buffer, remembered: Remembered): void {
    const length = remembered.scannerState.offset
    if (length > MAX_PROLOGUE_BYTES || length > bytes.length) return
    const key = bytes.subarray(0, length).toString('latin1')
    this.#known(principalId).entries.set(key, remembered)
  }

  #known(principalId: string): CachedPrologues {
    const before = this.#principals.get(principalId)
    if (before !== undefined) return before
    const entries: Entries = new LRUCache({
      maxSize: BYTES_PER_PRINCIPAL,
      sizeCalculation: (_, key) => key.length + ENTRY_BYTES,
    })
    const known: CachedPrologues = { entries }
    this.#principals.set(principalId, known)
    return known
  }
}

/** Whether a request begins with exactly the bytes of a cached prologue. */
const begins = (bytes: Buffer, known: Buffer): boolean =>
  bytes.length >= known.length && bytes.compare(known, 0, known.length, 0, known.length) === 0

/** Guesses the bytes before the operation element, which are the key. A wrong guess only causes a cache miss. */
function guessPrologue(bytes: Buffer): Buffer {
  const head = bytes.subarray(0, MAX_PROLOGUE_BYTES + 1)
  return head.subarray(0, head.indexOf('<', head.indexOf('Body')))
}
