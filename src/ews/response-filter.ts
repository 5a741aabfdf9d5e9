/**
 * Leaves parts out of a response while it streams: items and folders of a list, or the results for some entries of the
 * request.
 *
 * It changes no other byte. It holds back only markup that is incomplete, and an item or folder of a list until its class
 * has been read, or {@link MAX_HELD_BYTES} of it.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { Scanner } from '../xml/scanner.ts'
import { Vocabulary } from '../xml/vocabulary.ts'
import { ByteCuts } from './byte-cuts.ts'
import { type Entries, EntryMessages } from './entry-messages.ts'
import { type Keeps, ListedParts } from './listed-parts.ts'
import type { ResponseParts } from './response-parts.ts'
import { CLIENT_LIMITS } from './response-reader.ts'

/** Maximum number of bytes of an item or folder that are held back. If it has more, the name of its element decides. */
export const MAX_HELD_BYTES = 65_536

/** Parts to leave out: the results for entries of the request, or items and folders that a list doesn't keep. */
export type Filter = Readonly<{ entries: Entries } | { keeps: Keeps }>

/** Contains no meanings, because the meaning of a name in a response depends on its place. */
const VOCABULARY = new Vocabulary(undefined, [SOAP_NS, TYPES_NS, MESSAGES_NS])

export class ResponseFilter {
  readonly #cuts = new ByteCuts()
  readonly #parts: ResponseParts
  readonly #scanner: Scanner

  constructor(filter: Filter) {
    this.#parts =
      'entries' in filter
        ? new EntryMessages(filter.entries, this.#cuts)
        : new ListedParts(filter.keeps, this.#cuts)
    this.#scanner = new Scanner(this.#parts, VOCABULARY, CLIENT_LIMITS)
  }

  /** Number of parts that were left out. */
  get count(): number {
    return this.#parts.count
  }

  /**
   * Returns the bytes that can be passed on.
   *
   * @throws Failure `upstream-unreachable` if the response can't be read
   */
  write(chunk: Uint8Array): readonly Uint8Array[] {
    this.#cuts.add(chunk)
    reading(() => this.#scanner.write(chunk))
    const { settled } = this.#scanner
    const { heldFrom = settled } = this.#parts
    if (settled - heldFrom > MAX_HELD_BYTES) this.#parts.decideNow()
    return this.#cuts.take(Math.min(settled, this.#parts.heldFrom ?? settled))
  }

  /**
   * Ends the response, and returns its last bytes.
   *
   * @throws Failure `upstream-unreachable` if it is incomplete, or isn't the response to the request
   */
  end(): readonly Uint8Array[] {
    reading(() => {
      this.#scanner.end()
      this.#parts.end()
    })
    return this.#cuts.take(Number.POSITIVE_INFINITY)
  }
}

function reading(read: () => void): void {
  try {
    read()
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    const message = 'Cannot read the response to leave parts of it out'
    throw new Failure('upstream-unreachable', message, {
      cause,
      kind: 'not-ews',
      reach: 'answered',
    })
  }
}
