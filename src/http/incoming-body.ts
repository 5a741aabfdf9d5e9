/**
 * Reads the body of a request: on demand, or as fast as a sink takes it.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Failure } from '../model/failure.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'
import { overBudget, type Reservation } from './byte-budget.ts'
import { countPassed } from './chunk-garbage.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import type { YieldTimer } from './yield-timer.ts'

/** Dependencies that all bodies of a listener share. */
export type BodyDependencies = Readonly<{ yieldTimer: YieldTimer }>

/** Takes a body as it arrives. Either `end` or `fail` is called, once, and nothing after it. */
export type BodySink = Readonly<{
  /** Takes a chunk. If it returns false, no more follow until {@link IncomingBody.resume} is called. */
  chunk: (bytes: Buffer) => boolean
  end: () => void
  fail: (failure: Failure) => void
}>

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
  #sink: BodySink | undefined
  /** Whether the sink takes no more now. */
  #isBlocked = false
  #isYielding = false
  /** Whether the gateway waits for the client. */
  #isTimed = false
  /** Content-Length; undefined if the client does not send it. */
  readonly announced: number | undefined
  /** Number of bytes that {@link next} has returned. */
  bytes = 0
  /** Number of bytes received so far. */
  received = 0
  /** Number of chunks that the body has kept so far. */
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

  /** Whether the body can't be read any more. */
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
    if (mustYield) await nextTurn()
    while (this.#arrived.length === 0 || this.#failure) {
      if (this.#failure) throw this.#failure
      if (this.#ended) return undefined
      if (this.#gone) throw clientGone()
      this.#readOn()
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.#take()
  }

  /** Passes the rest on to a sink as it arrives. {@link next} must not be called any more. */
  flow(sink: BodySink): void {
    this.#sink = sink
    this.#startTimer()
    this.#pass()
  }

  /** Continues after a chunk for which the sink returned false. */
  resume(): void {
    if (!this.#isBlocked) return
    this.#isBlocked = false
    this.#pass()
  }

  /** Passes on to the sink what has arrived, if it takes that now, and how the body ends. */
  #pass(): void {
    const sink = this.#sink
    if (sink === undefined) return
    if (this.#failure) this.#fail(sink, this.#failure)
    else if (this.#isBlocked || this.#isYielding) return
    else if (this.#arrived.length > 0 && this.#dependencies.yieldTimer.isDue) this.#yield()
    else this.#passNow(sink)
  }

  #passNow(sink: BodySink): void {
    if (this.#arrived.length > 0) this.#isBlocked = !sink.chunk(this.#take())
    if (this.complete) {
      this.#leave()
      sink.end()
    } else if (this.#gone) this.#fail(sink, clientGone())
    else if (!this.#isBlocked && this.#request.socket.isPaused()) this.#readOn()
  }

  #fail(sink: BodySink, failure: Failure): void {
    this.#leave()
    sink.fail(failure)
  }

  /** Leaves the sink, and waits for the client no more. */
  #leave(): void {
    this.#sink = undefined
    this.#stopTimer()
  }

  #yield(): void {
    this.#isYielding = true
    setImmediate(() => {
      this.#isYielding = false
      this.#pass()
    })
  }

  #readOn(): void {
    this.#request.socket.resume()
    this.#startTimer()
  }

  #startTimer(): void {
    this.#isTimed = true
    this.#request.setTimeout(this.#idleMs)
  }

  #stopTimer(): void {
    if (this.#isTimed) this.#request.setTimeout(0)
    this.#isTimed = false
  }

  #take(): Buffer {
    const chunk = this.#arrived.take()
    this.bytes += chunk.length
    this.#reservation.release(chunk.length)
    countPassed(chunk.length)
    if (this.bytes === this.announced) this.#ended = true
    return chunk
  }

  /** Fails the body if it is not complete within `ms` milliseconds. */
  expectWithin(ms: number): void {
    // After the last event of the request, nothing would stop the timer if its client has left.
    if (this.#ended || this.#gone) return
    this.#late = setTimeout(() => {
      this.fail(new Failure('client-gone', 'The body took too long to arrive'))
    }, ms)
  }

  /** Makes {@link next} throw, or passes the failure on to the sink. Only the first failure counts. */
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
    this.#sink = undefined
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
    else this.#keepOrPass()
  }

  /** Stops the socket if what has arrived must wait. */
  #keepOrPass(): void {
    this.#pass()
    if (this.#arrived.length === 0) return
    this.#stopTimer()
    if (this.received !== this.announced) this.#request.socket.pause()
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

  /** Continues the reader, whichever way it reads. */
  #awake(): void {
    const wake = this.#wake
    if (wake === undefined) {
      this.#pass()
      return
    }
    this.#stopTimer()
    this.#wake = undefined
    wake()
  }
}

const clientGone = () => new Failure('client-gone', 'The client left before its request was whole')
