/**
 * Reads one request: its prologue, what its operation element says, and that nothing else follows.
 *
 * @module
 */

import type { BodyFacts, Prologue } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import type { Listener } from './listener.ts'
import { malformed } from './malformed.ts'
import type { Name } from './names.ts'
import { blank, type Preamble, PrologueReader } from './prologue.ts'
import { type Resumption, Scanner } from './scanner.ts'
import type { Tag } from './tag.ts'
import { TargetReader } from './targets.ts'

export { DEFAULT_LIMITS, type Limits } from './limits.ts'

const OPERATION_DEPTH = 2
const MAX_BLANKS = 65_536

/** A whole request, read. */
export type Reading = Readonly<{
  prologue: Prologue
  facts: BodyFacts
  /** Offset of the operation element's `<`. */
  operationStart: number
  /** Offset of what follows its end tag. */
  operationEnd: number
}>

/** What stood before an operation, and where to go on behind the very same bytes. */
export type Remembered = Readonly<{ preamble: Preamble; resumption: Resumption }>

const NO_FACTS: BodyFacts = {
  mailboxes: [],
  pushSubscription: false,
  subscriptions: [],
  unknownSubscription: false,
  unknownMailbox: false,
  mailboxGuids: [],
  opaqueIds: false,
  grants: false,
  sends: false,
  senders: [],
  unknownSender: false,
  hiddenRules: false,
  installsApps: false,
  hasIds: false,
  folders: [],
  items: [],
  itemCount: 0,
}

/** Takes a request in pieces that may end anywhere. */
export class EnvelopeReader {
  readonly #limits: Limits
  readonly #scanner: Scanner
  readonly #prologueReader: PrologueReader
  readonly #isRemembered: boolean
  #prologue: Prologue | undefined
  #resumption: Resumption | undefined
  #targets: TargetReader | undefined
  #operationEnd: number | undefined
  #bytes: number
  /** Bytes of the end tags behind the operation, in their shortest form. */
  #endTags = 0
  #failure: unknown

  /** @param remembered - lets the reader begin behind a prologue: feed it only what follows */
  constructor(limits: Limits = DEFAULT_LIMITS, remembered?: Remembered) {
    this.#limits = limits
    this.#isRemembered = remembered !== undefined
    this.#prologueReader = new PrologueReader(remembered?.preamble)
    this.#bytes = remembered?.resumption.offset ?? 0
    this.#scanner = new Scanner(this.#listener(), limits, remembered?.resumption)
  }

  /** There as soon as the operation's start tag has been read. */
  get prologue(): Prologue | undefined {
    return this.#prologue
  }

  /** What the operation element said so far. */
  get facts(): BodyFacts {
    return this.#targets?.facts ?? NO_FACTS
  }

  get operationStart(): number | undefined {
    return this.#prologue?.length
  }

  get operationEnd(): number | undefined {
    return this.#operationEnd
  }

  /** Offset before which the operation element will not end any more. */
  get settled(): number {
    return this.#operationEnd ?? this.#scanner.settled
  }

  /** What to remember of the bytes before the operation, once it has begun, where it is news. */
  get remembered(): Remembered | undefined {
    const { preamble } = this.#prologueReader
    if (preamble === undefined || this.#resumption === undefined) return undefined
    return { preamble, resumption: this.#resumption }
  }

  /** @throws Failure; after one every further call throws the same */
  write(piece: Uint8Array): void {
    this.#guarded(() => {
      this.#bytes += piece.length
      if (this.#bytes > this.#limits.bodyBytes)
        throw new Failure(
          'body-too-large',
          `the request is larger than ${this.#limits.bodyBytes} bytes`,
        )
      this.#scanner.write(piece)
      this.#checkBlanks(2 * (this.#limits.nameBytes + '</>'.length))
      if (this.#prologue === undefined && this.#bytes > this.#limits.prologueBytes)
        throw malformed('too much before the operation')
    })
  }

  /** @throws Failure where the request is not complete */
  end(): void {
    this.#guarded(() => {
      this.#scanner.end()
      this.#checkBlanks(this.#endTags)
    })
  }

  /** @param endTags - bytes behind the operation that may be no blanks */
  #checkBlanks(endTags: number): void {
    if (this.#operationEnd === undefined) return
    if (this.#bytes - this.#operationEnd - endTags > MAX_BLANKS)
      throw malformed('too many blanks follow the operation')
  }

  #guarded(act: () => void): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      act()
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  #listener(): Listener {
    return {
      open: tag => this.#open(tag),
      close: (name, depth, end) => this.#close(name, depth, end),
      text: (bytes, from, to, cdata) => this.#text(bytes, from, to, cdata),
      reference: character => this.#reference(character),
      comment: () => this.#comment(),
    }
  }

  #open(tag: Tag): void {
    if (this.#operationEnd !== undefined) throw malformed('an element follows the operation')
    if (this.#targets === undefined) this.#openInPrologue(tag)
    this.#targets?.open(tag)
  }

  #openInPrologue(tag: Tag): void {
    if (tag.end > this.#limits.prologueBytes) throw malformed('too much before the operation')
    this.#prologueReader.open(tag)
    this.#prologue = this.#prologueReader.prologue
    if (this.#prologue === undefined) return
    this.#targets = new TargetReader(this.#prologue.requestElement)
    if (!this.#isRemembered) this.#resumption = this.#scanner.resumption()
  }

  #close(name: Name, depth: number, end: number): void {
    if (this.#targets === undefined) this.#prologueReader.close(name, depth)
    else if (this.#operationEnd !== undefined) this.#endTags += name.written.length + '</>'.length
    else {
      this.#targets.close(depth)
      if (depth === OPERATION_DEPTH) this.#operationEnd = end
    }
  }

  #text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void {
    if (this.#targets === undefined) this.#prologueReader.text(bytes, from, to, cdata)
    else if (this.#operationEnd === undefined) this.#targets.text(bytes, from, to, cdata)
    else if (cdata || !blank(bytes, from, to)) throw malformed('text follows the operation')
  }

  #reference(character: string): void {
    if (this.#targets === undefined) this.#prologueReader.reference(character)
    else if (this.#operationEnd === undefined) this.#targets.reference(character)
    else throw malformed('text follows the operation')
  }

  #comment(): void {
    if (this.#targets !== undefined) throw malformed('a comment in or behind the operation')
    this.#prologueReader.comment()
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
  const { prologue, facts, operationStart, operationEnd } = reader
  if (prologue === undefined || operationStart === undefined || operationEnd === undefined)
    throw malformed('the request has no operation')
  return { prologue, facts, operationStart, operationEnd }
}
