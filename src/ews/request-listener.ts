/**
 * Receives the events of the scanner for a request: for its prologue and its operation element. Rejects anything
 * that follows.
 *
 * @module
 */

import type { Prologue } from '../model/envelope.ts'
import type { Limits } from '../xml/limits.ts'
import type { Listener } from '../xml/listener.ts'
import { malformed } from '../xml/malformed.ts'
import type { Name } from '../xml/names.ts'
import type { ScannerState } from '../xml/scanner.ts'
import type { Tag } from '../xml/tag.ts'
import { blank, type Preamble, PrologueReader } from './prologue.ts'
import { listIn } from './response-error.ts'
import { TargetReader } from './targets.ts'

const OPERATION_DEPTH = 2
const LIST_DEPTH = 3
const ENTRY_DEPTH = 4

export class RequestListener implements Listener {
  prologue: Prologue | undefined
  /** Set once the operation's start tag has been read. */
  targets: TargetReader | undefined
  /** Offset of the byte after the operation's end tag. */
  operationEnd: number | undefined
  /**
   * Scanner whose state becomes {@link scannerState} when the operation starts. Undefined if the prologue won't be
   * cached.
   */
  resumable: Readonly<{ saveState(): ScannerState }> | undefined
  scannerState: ScannerState | undefined
  /** Number of entries so far in the list that the operation processes, such as items to delete. */
  entries = 0
  /** Name of the element that contains the entries; undefined if no response depends on their number. */
  #list: string | undefined
  #isInList = false
  /** Size of the end tags after the operation, in their shortest form. */
  endTags = 0
  readonly #limits: Limits
  readonly #prologueReader: PrologueReader

  /** @param preamble - cached content of the prologue, if only the operation follows */
  constructor(limits: Limits, preamble: Preamble | undefined) {
    this.#limits = limits
    this.#prologueReader = new PrologueReader(preamble)
  }

  get preamble(): Preamble | undefined {
    return this.#prologueReader.preamble
  }

  open(tag: Tag): void {
    if (this.operationEnd !== undefined) throw malformed('an element follows the operation')
    if (this.targets === undefined) this.#openInPrologue(tag)
    else if (tag.depth <= ENTRY_DEPTH) this.#countEntry(tag)
    this.targets?.open(tag)
  }

  close(name: Name, depth: number, end: number): void {
    if (this.targets === undefined) this.#prologueReader.close(name, depth)
    else if (this.operationEnd !== undefined) this.endTags += name.written.length + '</>'.length
    else {
      this.targets.close(depth)
      if (depth === OPERATION_DEPTH) this.operationEnd = end
    }
  }

  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void {
    if (this.targets === undefined) this.#prologueReader.text(bytes, from, to, cdata)
    else if (this.operationEnd === undefined) this.targets.text(bytes, from, to, cdata)
    else if (cdata || !blank(bytes, from, to)) throw malformed('text follows the operation')
  }

  reference(character: string): void {
    if (this.targets === undefined) this.#prologueReader.reference(character)
    else if (this.operationEnd === undefined) this.targets.reference(character)
    else throw malformed('text follows the operation')
  }

  comment(): void {
    if (this.targets !== undefined) throw malformed('a comment in or after the operation')
    this.#prologueReader.comment()
  }

  #countEntry({ name, depth }: Tag): void {
    if (depth === LIST_DEPTH) this.#isInList = name.local === this.#list
    else if (this.#isInList) this.entries += 1
  }

  #openInPrologue(tag: Tag): void {
    const { prologueBytes } = this.#limits
    if (tag.end > prologueBytes)
      throw malformed(`the operation does not start within ${prologueBytes} bytes`)
    this.#prologueReader.open(tag)
    this.prologue = this.#prologueReader.prologue
    if (this.prologue === undefined) return
    this.targets = new TargetReader(this.prologue.requestElement)
    this.#list = listIn(this.prologue.requestElement)
    this.scannerState = this.resumable?.saveState()
  }
}
