/**
 * What stood before the operation in earlier requests: clients repeat it thousands of times.
 *
 * An entry is the outcome of a full parse that began at byte 0 and ended right before an operation
 * element, kept under those exact bytes, which are compared whole. It holds syntax and nothing
 * else, so it cannot grow old.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { Remembered } from '../soap/reader.ts'

const LONGEST = 4_096
const PRINCIPALS = 256
const BYTES_PER_PRINCIPAL = 256 * 1_024
/** What an entry takes besides its bytes, about. */
const ENTRY_BYTES = 1_024

type Entries = LRUCache<string, Remembered>

export class PrologueMemory {
  readonly #principals = new LRUCache<string, Entries>({ max: PRINCIPALS })

  /** What is known of the beginning of a request; the reader goes on behind it. */
  find(principalId: string, bytes: Buffer): Remembered | undefined {
    const length = guessLength(bytes)
    if (length === undefined) return undefined
    return this.#principals.get(principalId)?.get(bytes.toString('latin1', 0, length))
  }

  /** Keeps what a full parse of `bytes` told, where they are short and hold all of it. */
  add(principalId: string, bytes: Buffer, remembered: Remembered): void {
    const length = remembered.resumption.offset
    if (length > LONGEST || length > bytes.length) return
    this.#entries(principalId).set(bytes.toString('latin1', 0, length), remembered)
  }

  #entries(principalId: string): Entries {
    const known = this.#principals.get(principalId)
    if (known !== undefined) return known
    const entries: Entries = new LRUCache({
      maxSize: BYTES_PER_PRINCIPAL,
      sizeCalculation: (_, key) => key.length + ENTRY_BYTES,
    })
    this.#principals.set(principalId, entries)
    return entries
  }
}

/** Where the operation element may begin. A wrong guess finds nothing, and costs a parse. */
function guessLength(bytes: Buffer): number | undefined {
  const head = bytes.subarray(0, LONGEST + 64)
  const body = head.indexOf('Body')
  if (body === -1) return undefined
  const close = head.indexOf('>', body)
  const open = head.indexOf('<', close)
  return close === -1 || open === -1 || open > LONGEST ? undefined : open
}
