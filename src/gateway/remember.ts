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
import type { Remembered } from '../ews/reader.ts'

const LONGEST = 4_096
const PRINCIPALS = 256
const BYTES_PER_PRINCIPAL = 256 * 1_024
/** What an entry takes besides its bytes, about. */
const ENTRY_BYTES = 1_024

type Entries = LRUCache<string, Remembered>

/**
 * What one principal sent. `last` is what was found last, which most clients send again: comparing
 * its bytes takes a tenth of the time that a look-up by them takes.
 */
type Known = {
  readonly entries: Entries
  last?: Readonly<{ bytes: Buffer; remembered: Remembered }>
}

export class PrologueMemory {
  readonly #principals = new LRUCache<string, Known>({ max: PRINCIPALS })

  /** What is known of the beginning of a request; the reader goes on behind it. */
  find(principalId: string, bytes: Buffer): Remembered | undefined {
    const known = this.#principals.get(principalId)
    if (known === undefined) return undefined
    if (known.last !== undefined && begins(bytes, known.last.bytes)) return known.last.remembered
    const length = guessLength(bytes)
    if (length === undefined) return undefined
    const remembered = known.entries.get(bytes.toString('latin1', 0, length))
    if (remembered !== undefined)
      known.last = { bytes: Buffer.from(bytes.subarray(0, length)), remembered }
    return remembered
  }

  /** Keeps what a full parse of `bytes` told, where they are short and hold all of it. */
  add(principalId: string, bytes: Buffer, remembered: Remembered): void {
    const length = remembered.scannerState.offset
    if (length > LONGEST || length > bytes.length) return
    this.#known(principalId).entries.set(bytes.toString('latin1', 0, length), remembered)
  }

  #known(principalId: string): Known {
    const before = this.#principals.get(principalId)
    if (before !== undefined) return before
    const entries: Entries = new LRUCache({
      maxSize: BYTES_PER_PRINCIPAL,
      sizeCalculation: (_, key) => key.length + ENTRY_BYTES,
    })
    const known: Known = { entries }
    this.#principals.set(principalId, known)
    return known
  }
}

/** The whole of what is known is compared. */
const begins = (bytes: Buffer, known: Buffer): boolean =>
  bytes.length >= known.length && bytes.compare(known, 0, known.length, 0, known.length) === 0

/** Where the operation element may begin. A wrong guess finds nothing, and costs a parse. */
function guessLength(bytes: Buffer): number | undefined {
  const head = bytes.subarray(0, LONGEST + 64)
  const body = head.indexOf('Body')
  if (body === -1) return undefined
  const close = head.indexOf('>', body)
  const open = head.indexOf('<', close)
  return close === -1 || open === -1 || open > LONGEST ? undefined : open
}
