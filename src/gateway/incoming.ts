/**
 * A request's body, taken piece by piece as the gateway asks for it.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { Failure } from '../model/failure.ts'
import type { Pace } from './pace.ts'
import type { Passed } from './passed.ts'

/** What all bodies share. */
type Shared = Readonly<{ passed: Passed; pace: Pace }>

/** Reads one piece further than it was asked to at most, so that memory and the client's pace stay bounded. */
export class IncomingBody {
  readonly #request: IncomingMessage
  readonly #idleMs: number
  readonly #shared: Shared
  /** Bytes that are to come; undefined where the client does not say. */
  readonly #announced: number | undefined
  readonly #pieces: Buffer[] = []
  #ended = false
  #gone = false
  #released = false
  #failure: Failure | undefined
  #wake: (() => void) | undefined
  /** Bytes taken so far. */
  bytes = 0

  /**
   * @param idleMs - how long the client may pause when a piece of it is waited for
   * @param shared - the same for all bodies of a server
   */
  constructor(request: IncomingMessage, idleMs: number, shared: Shared) {
    this.#request = request
    this.#idleMs = idleMs
    this.#shared = shared
    const announced = request.headers['content-length']
    this.#announced = announced === undefined ? undefined : Number(announced)
    request.pause()
    request.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose)
  }

  /** Whether all of it has been taken. */
  get complete(): boolean {
    return this.#ended && this.#pieces.length === 0
  }

  /**
   * The next piece, or undefined at the end.
   *
   * @throws Failure `client-gone`, and what {@link fail} was given
   */
  async next(): Promise<Buffer | undefined> {
    if (this.bytes > 0 && this.#shared.pace.isLong) await setImmediate()
    // What came with the headers is here already: no timer, and no turn of the event loop.
    if (this.bytes === 0 && this.#pieces.length === 0) this.#request.read()
    while (this.#pieces.length === 0 || this.#failure) {
      if (this.#failure) throw this.#failure
      if (this.#ended) return undefined
      if (this.#gone)
        throw new Failure('client-gone', 'The client left before its request was whole')
      this.#request.resume()
      this.#request.setTimeout(this.#idleMs)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const piece = this.#pieces.shift() as Buffer
    this.bytes += piece.length
    this.#shared.passed.note(piece.length)
    if (this.bytes === this.#announced) this.#ended = true
    return piece
  }

  /** Whoever waits for more is told so. */
  fail(failure: Failure): void {
    this.#failure = failure
    this.#awake()
  }

  /**
   * Takes no more: what still comes is somebody else's to drain. Listeners stay, for a request does
   * not live long, and taking them off took longer than all else here.
   */
  release(): void {
    this.#released = true
    this.#pieces.length = 0
    if (!this.#ended) this.#request.pause()
  }

  readonly #onData = (piece: Buffer): void => {
    if (this.#released) return
    this.#pieces.push(piece)
    if (this.#wake === undefined) this.#request.pause()
    else this.#awake()
  }

  readonly #onEnd = (): void => {
    this.#ended = true
    this.#awake()
  }

  readonly #onClose = (): void => {
    this.#gone = !this.#ended
    this.#awake()
  }

  #awake(): void {
    const wake = this.#wake
    if (wake === undefined) return
    this.#request.setTimeout(0)
    this.#wake = undefined
    wake()
  }
}
