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
import { countPassed } from './chunk-garbage.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import type { YieldTimer } from './yield-timer.ts'

/** Dependencies that all bodies of a listener share. */
export type BodyDependencies = Readonly<{ yieldTimer: YieldTimer }>

/**
 * The body of a request. Reads at most one read of the socket ahead, which limits memory and makes the client wait.
 * Node.js would queue each chunk as an object, so chunks of one byte would take 200 times their size. This class
 * instead copies each chunk to one buffer immediately, and pauses the socket.
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
  /** Content-Length; undefined if the client did not send it. */
  readonly announced: number | undefined
  /** Number of bytes that {@link next} has returned. */
  bytes = 0
  /** Number of bytes received so far. */
  received = 0
  /** Number of chunks received so far. */
  chunks = 0

  /**
   * Must be called in the turn of the event loop in which the request arrived.
   *
   * @param idleMs - maximum time without data while the gateway waits for more
   * @param reservation - reserves memory for bytes that have arrived and were not returned yet
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
    // Makes Node.js emit chunks as they arrive. `_read` would resume the socket to read ahead.
    request.read(0)
    request._read = () => undefined
  }

  /** Whether {@link next} has returned the whole body. */
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
        throw new Failure(
          'client-gone',
          'The client disconnected before it had sent the whole request',
        )
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
    countPassed(chunk.length)
    if (this.bytes === this.announced) this.#ended = true
    return chunk
  }

  /** Makes {@link next} throw if the body is not complete within this time. */
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
   * Stops reading and frees the buffer. {@link Drain} discards the rest. Doesn't remove event listeners, because
   * that is slow, and a request is short-lived.
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
