/**
 * Forwards the upstream's response to the client. Each chunk is forwarded when it arrives, without buffering.
 *
 * @module
 */

import type { ServerResponse } from 'node:http'
import { CLOSED_ENVELOPE, endsEnvelope } from '../ews/stream-end.ts'
import type { Reservation } from '../http/byte-budget.ts'
import { countPassed } from '../http/chunk-garbage.ts'
import { writeChunk } from '../http/write-chunk.ts'
import type { Failure } from '../model/failure.ts'
import type { AnswerSink, Exchange, UpstreamHead } from '../upstream/upstream.ts'
import type { CookieOwner, CookieSeal } from './cookies.ts'
import type { Stoppable } from './streams.ts'

export type AnswerOptions = Readonly<{
  response: ServerResponse
  reservation: Reservation
  decisionId: string
  cookies: CookieSeal
  owner: CookieOwner
  /** X-AnchorMailbox of the request. It is sealed into the cookies of the response. */
  anchorMailbox: string
  /** Whether to send the head before the first chunk arrives. */
  streaming: boolean
  /** Returns the time in milliseconds. */
  now: () => number
  /** Called if the upstream fails. */
  upstreamFailed: (failure: Failure) => void
  /** Called if the upstream fails before the response to the client has begun. Must then send a response. */
  failed: (failure: Failure) => void
}>

/** Bytes that a response uses while its client reads it: one read of the upstream's socket. */
export const RESPONSE_BYTES = 65_536
/**
 * Additional bytes that a response uses if its client reads too slowly: in the client's socket, and in the
 * upstream's socket, which is paused.
 */
const STALLED_BYTES = 131_072
/** Time in milliseconds after which a response is aborted if its client reads nothing of it. */
const STALLED_MS = 120_000

/** Number of last characters that are kept to recognize the end of an envelope. */
const TAIL = 64

export class Answer implements AnswerSink, Stoppable {
  /** Bytes passed on to the client. */
  responseBytes = 0
  /** First ResponseCode of the upstream's response. Set when the response has ended. */
  responseCode: string | undefined
  /** Whether the upstream's response was a SOAP fault. Set when the response has ended. */
  isFault = false
  /** Number of items in the upstream's response. Set when the response has ended, if they are counted. */
  itemCount: number | undefined
  /** Number of items, folders, and entries that were left out of the response. */
  leftOut = 0
  /** Time until the upstream's response began, in milliseconds. */
  upstreamMs: number | undefined
  /** Whether the gateway itself aborted the response. */
  isCut = false
  /** Reason why the upstream sent no response, or only a part of it. */
  failure: Failure | undefined
  readonly #options: AnswerOptions
  readonly #sentAt: number
  #exchange: Exchange | undefined
  /** Last characters of a stream; empty before its first chunk. */
  #tail = ''
  #stopping = false
  #stalled = false

  constructor(options: AnswerOptions) {
    this.#options = options
    this.#sentAt = options.now()
  }

  /** Sets the exchange, which is resumed when the client continues to read. */
  follow(exchange: Exchange): void {
    this.#exchange = exchange
  }

  head({ status, headers, cookies }: UpstreamHead): void {
    const { response, decisionId, streaming, now } = this.#options
    this.upstreamMs = now() - this.#sentAt
    const head = [...headers]
    for (const cookie of cookies) head.push('Set-Cookie', this.#sealed(cookie))
    head.push('X-Decision-Id', decisionId)
    response.writeHead(status, head)
    if (streaming) response.flushHeaders()
  }

  chunk(bytes: Uint8Array): boolean {
    const { response } = this.#options
    this.responseBytes += bytes.length
    countPassed(bytes.length)
    const more = writeChunk(response, bytes)
    if (!more) this.#stall()
    if (this.#options.streaming) this.#keepTail(bytes)
    return more
  }

  stop(): void {
    this.#stopping = true
    this.#stopAtBoundary()
  }

  cut(): void {
    this.isCut = true
    this.#options.response.destroy()
  }

  end(): void {
    const { response } = this.#options
    this.#finish()
    response.end()
    // The buffer for the last bytes is not full, so nothing else limits the wait for a client that reads nothing.
    if (response.writableLength > 0) response.setTimeout(STALLED_MS)
  }

  fail(failure: Failure): void {
    const { response, upstreamFailed, failed } = this.#options
    this.failure = failure
    upstreamFailed(failure)
    this.#finish()
    // Aborts a response that has begun, because nothing else shows the client that it is incomplete.
    if (response.headersSent) this.cut()
    else failed(failure)
  }

  readonly #resume = (): void => {
    this.#stalled = false
    this.#options.reservation.release(STALLED_BYTES)
    this.#options.response.setTimeout(0)
    this.#exchange?.resume()
  }

  /** Handles a client that reads more slowly than the upstream writes. */
  #stall(): void {
    const { response, reservation } = this.#options
    if (this.#stalled) return
    this.#stalled = reservation.reserve(STALLED_BYTES)
    if (this.#stalled) response.setTimeout(STALLED_MS).once('drain', this.#resume)
    else this.cut()
  }

  #keepTail(bytes: Uint8Array): void {
    this.#tail = (this.#tail + Buffer.from(bytes.subarray(-TAIL)).toString('latin1')).slice(-TAIL)
    this.#stopAtBoundary()
  }

  /** Ends a stream with a complete envelope, so that its client opens another one. */
  #stopAtBoundary(): void {
    const { response } = this.#options
    if (!this.#stopping || !response.headersSent || response.writableEnded) return
    if (this.#tail !== '' && !endsEnvelope(this.#tail)) return
    response.end(CLOSED_ENVELOPE)
    this.#exchange?.abort()
  }

  #finish(): void {
    if (this.#stalled) this.#options.response.off('drain', this.#resume)
    this.responseCode = this.#exchange?.responseCode
    this.isFault = this.#exchange?.isFault ?? false
    this.itemCount = this.#exchange?.itemCount
  }

  #sealed({ name, value, attributes }: UpstreamHead['cookies'][number]): string {
    const { cookies, owner, anchorMailbox } = this.#options
    return `${name}=${cookies.seal(owner, { name, value, anchorMailbox })}${attributes}`
  }
}
