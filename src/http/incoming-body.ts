/**
 * Reads the body of a request on demand.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { Failure } from '../model/failure.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'
import { overBudget, type Reservation } from './byte-budget.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import type { YieldTimer } from './yield-timer.ts'

/** Dependencies that all bodies of a listener share. */
export type BodyDependencies = Readonly<{ yieldTimer: YieldTimer }>

/**
 * Reads at most one read of the socket further than it is asked to, so that memory and the client's
 * pace stay bounded.
 *
 * Node.js queues each chunk of a chunked body as an object of its own, so one-byte chunks cost 200 times
 * their bytes. This class takes every chunk immediately, appends a copy to one buffer, and pauses the socket
 * instead of the request.
 */
export class IncomingBody {
  readonly #request: IncomingMessage
  readonly #idleMs: number
  readonly #dependencies: BodyDependencies
  readonly #reservation: Reservation
  readonly #arrived = new GrowingBuffer()
  #ended = false
  #gone = false
  #released = false
  #failure: Failure | undefined
  #late: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined
  /** Content-Length; undefined if the client does not send it. */
  readonly announced: number | undefined
  /** Bytes taken so far. */
  bytes = 0
  /** Bytes received so far. */
  received = 0
  /** Chunks received so far. */
  chunks = 0

  /**
   * Call it in the turn in which the request arrived, before its body arrives.
   *
   * @param idleMs - maximum pause of the client while the gateway waits for more
   * @param reservation - the request's; accounts for bytes that have arrived and are not taken
   */
  constructor(
    request: IncomingMessage,
    idleMs: number,
    reservation: Reservation,
    dependencies: BodyDependencies,
  ) {
    this.#request = request
    this.#idleMs = idleMs
    this.#reservation = reservation
    this.#dependencies = dependencies
    const announced = request.headers['content-length']
    this.announced = announced === undefined ? undefined : Number(announced)
    request.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose)
    // From now on, Node.js emits chunks as they arrive. `_read` would resume the socket to read ahead.
    request.read(0)
    request._read = () => undefined
  }

  /** Whether all of it has been taken. */
  get complete(): boolean {
    return this.#ended && this.#arrived.length === 0
  }

  /** Whether {@link next} throws. */
  get failed(): boolean {
    return this.#failure !== undefined
  }

  /**
   * Returns all bytes that have arrived since the last call, and waits if there are none. Undefined at the end.
   *
   * @throws Failure `client-gone`, `over-budget`, or the one passed to {@link fail}
   */
  next(): MaybePromise<Buffer | undefined> {
    const mustYield = this.bytes > 0 && this.#dependencies.yieldTimer.isDue
    if (mustYield || this.#arrived.length === 0 || this.#failure) return this.#wait(mustYield)
    return this.#take()
  }

  async #wait(mustYield: boolean): Promise<Buffer | undefined> {
    if (mustYield) await setImmediate()
    while (this.#arrived.length === 0 || this.#failure) {
      if (this.#failure) throw this.#failure
      if (this.#ended) return undefined
      if (this.#gone)
        throw new Failure('client-gone', 'The client left before its request was whole')
      this.#request.socket.resume()
      this.#request.setTimeout(this.#idleMs)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.#take()
  }

  #take(): Buffer {
    const chunk = this.#arrived.take()
    this.bytes += chunk.length
    this.#reservation.release(chunk.length)
    if (this.bytes === this.announced) this.#ended = true
    return chunk
  }

  /** Makes {@link next} throw if the body is not complete by then. */
  expectWithin(ms: number): void {
    this.#late = setTimeout(() => {
      this.fail(new Failure('client-gone', 'The body took too long to arrive'))
    }, ms)
  }

  /** Makes {@link next} throw. */
  fail(failure: Failure): void {
    this.#failure ??= failure
    this.#awake()
  }

  /**
   * Stops reading and frees the buffer. {@link Drain} discards the rest. Listeners stay, because a request
   * is short-lived, and removing them took longer than everything else here.
   */
  release(): void {
    this.#released = true
    clearTimeout(this.#late)
    this.#reservation.release(this.#arrived.take().length)
    if (!this.#ended) this.#request.socket.pause()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.received += chunk.length
    if (this.#released) return
    if (!this.#reservation.reserve(chunk.length)) {
      this.fail(overBudget())
      this.release()
      return
    }
    this.#arrived.add(chunk)
    this.chunks += 1
    if (this.#wake !== undefined) this.#awake()
    else if (this.received !== this.announced) this.#request.socket.pause()
  }

  readonly #onEnd = (): void => {
    clearTimeout(this.#late)
    this.#ended = true
    this.#awake()
  }

  readonly #onClose = (): void => {
    clearTimeout(this.#late)
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
