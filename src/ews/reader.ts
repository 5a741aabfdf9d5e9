/**
 * Reads one request: its prologue and its operation element. Rejects anything that follows.
 *
 * @module
 */

import type { BodyFacts, ContentFacts, Prologue } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { DEFAULT_LIMITS, type Limits } from '../xml/limits.ts'
import { malformed } from '../xml/malformed.ts'
import { Scanner, type ScannerState } from '../xml/scanner.ts'
import { EWS_VOCABULARY } from './meanings.ts'
import type { Preamble } from './prologue.ts'
import { RequestListener } from './request-listener.ts'

export { DEFAULT_LIMITS, type Limits } from '../xml/limits.ts'

const MAX_BLANKS = 65_536

/** Result of reading a whole request. */
export type Reading = Readonly<{
  prologue: Prologue
  facts: BodyFacts
  /** Offset of the operation element's `<`. */
  operationStart: number
  /** Offset of the byte after the operation element's end tag. */
  operationEnd: number
}>

/** A cached prologue: its content, and the scanner state with which a request with the same bytes continues. */
export type Remembered = Readonly<{ preamble: Preamble; scannerState: ScannerState }>

const NO_CONTENT: ContentFacts = {
  named: [],
  unknownNames: false,
  unknownDestination: false,
  entries: [],
  created: [],
  itemClasses: [],
  containers: [],
  unknownClass: false,
  writesClassProperty: false,
  writesState: false,
  hidden: false,
  allFolders: false,
  searchFolders: false,
  contacts: false,
  otherMeetings: false,
  allProperties: false,
  archives: false,
  deletes: false,
  overwrites: false,
  namesHome: false,
  isWhole: false,
}

export const NO_FACTS: BodyFacts = {
  mailboxes: [],
  pushSubscription: false,
  subscriptions: [],
  unknownSubscription: false,
  unknownMailbox: false,
  mailboxGuids: [],
  opaqueIds: false,
  unknownIds: false,
  grants: false,
  sends: false,
  senders: [],
  unknownSender: false,
  sentItems: [],
  unknownSentItem: false,
  foreignHeaders: false,
  hiddenRules: false,
  installsApps: false,
  hasIds: false,
  content: NO_CONTENT,
  folders: [],
  items: [],
  itemCount: 0,
}

/** Reads a request in chunks that can end anywhere. */
export class EnvelopeReader {
  readonly #limits: Limits
  readonly #scanner: Scanner
  readonly #listener: RequestListener
  #bytes: number
  #failure: unknown

  /** @param remembered - cached prologue. If given, the reader expects only the bytes after it */
  constructor(limits: Limits = DEFAULT_LIMITS, remembered?: Remembered) {
    this.#limits = limits
    this.#bytes = remembered?.scannerState.offset ?? 0
    this.#listener = new RequestListener(limits, remembered?.preamble)
    this.#scanner = new Scanner(this.#listener, EWS_VOCABULARY, limits, remembered?.scannerState)
    if (remembered === undefined) this.#listener.resumable = this.#scanner
  }

  /** Available once the operation's start tag has been read. */
  get prologue(): Prologue | undefined {
    return this.#listener.prologue
  }

  /** Facts about the operation element so far. */
  get facts(): BodyFacts {
    return this.#listener.targets?.facts ?? NO_FACTS
  }

  /** Number of entries so far in the list that the operation processes. */
  get entries(): number {
    return this.#listener.entries
  }

  get operationStart(): number | undefined {
    return this.#listener.prologue?.length
  }

  get operationEnd(): number | undefined {
    return this.#listener.operationEnd
  }

  /** Offset before which the operation element certainly doesn't end. */
  get settled(): number {
    return this.#listener.operationEnd ?? this.#scanner.settled
  }

  /** The prologue to cache. Undefined until the operation starts, and if the prologue came from the cache. */
  get remembered(): Remembered | undefined {
    const { preamble, scannerState } = this.#listener
    return preamble && scannerState && { preamble, scannerState }
  }

  /** @throws Failure; every later call then throws the same one */
  write(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#read(chunk)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /** @throws Failure if the request is incomplete */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#scanner.end()
      this.#checkBlanks(this.#listener.endTags)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  #read(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.bodyBytes)
      throw new Failure(
        'body-too-large',
        `the request is larger than ${this.#limits.bodyBytes} bytes`,
      )
    this.#scanner.write(chunk)
    this.#checkBlanks(2 * (this.#limits.nameBytes + '</>'.length))
    const { prologueBytes } = this.#limits
    if (this.#listener.prologue === undefined && this.#bytes > prologueBytes)
      throw malformed(`the operation does not start within ${prologueBytes} bytes`)
  }

  /** @param endTags - number of bytes after the operation that don't have to be blanks */
  #checkBlanks(endTags: number): void {
    const end = this.#listener.operationEnd ?? this.#bytes
    if (this.#bytes - end - endTags > MAX_BLANKS)
      throw malformed(`more than ${MAX_BLANKS} blanks follow the operation`)
  }
}

/**
 * Reads a whole request.
 *
 * @throws Failure
 */
export function readEnvelope(bytes: Uint8Array, limits: Limits = DEFAULT_LIMITS): Reading {
  const reader = new EnvelopeReader(limits)
  reader.write(bytes)
  reader.end()
  const { prologue, facts, settled } = reader
  if (prologue === undefined) throw malformed('the request has no operation')
  return { prologue, facts, operationStart: prologue.length, operationEnd: settled }
}
