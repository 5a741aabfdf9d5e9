/**
 * One request to the upstream, and its response. Implements the exchange that the gateway resumes and aborts, and
 * the handler that undici calls. Passes on each chunk immediately and unchanged.
 *
 * @module
 */

import type { Dispatcher } from 'undici'
import { Failure } from '../model/failure.ts'
import type { Reach } from '../model/failure-table.ts'
import { type AnswerHeaders, readHead } from './answer.ts'
import type { Connections } from './authentication.ts'
import type { ConnectionQueue, QueueEntry } from './connection-queue.ts'
import type { Admission, CredentialBackoff } from './credential-backoff.ts'
import {
  AccountRefused,
  failureOf,
  isBrokenConnection,
  isUndone,
  overBudget,
  refusedCredentials,
} from './failures.ts'
import { requestHeaders } from './headers.ts'
import type { ResponseStart, ResponseStarts } from './response-start.ts'
import type { UpstreamMonitor } from './status.ts'
import type { AnswerSink, Exchange, UpstreamHead, UpstreamRequest } from './upstream.ts'

/** Grants connections to transfers. */
export type TransferQueue = Pick<ConnectionQueue, 'acquire' | 'release'>

/** Dependencies that all transfers to one upstream share. */
export type UpstreamContext = Readonly<{
  connections: Connections
  path: string
  userAgent: string
  queue: TransferQueue
  backoff: CredentialBackoff
  monitor: UpstreamMonitor
  starts: ResponseStarts
  /** Returns the time in milliseconds. */
  now: () => number
}>

/** Error that tells undici that a response is no longer needed. It is never logged. */
const GIVEN_UP = new Error('The request was given up')

export class Transfer implements Exchange, QueueEntry, Dispatcher.DispatchHandler {
  hasConnection = false
  readonly #context: UpstreamContext
  readonly #request: UpstreamRequest
  readonly #sink: AnswerSink
  #controller: Dispatcher.DispatchController | undefined
  #admission: Admission = 'go'
  #dispatched = false
  #sent = false
  #answering = false
  #repeated = false
  #aborted = false
  /** Whether the sink receives nothing more, except a pending failure. */
  #over = false
  #start: ResponseStart | undefined

  constructor(context: UpstreamContext, request: UpstreamRequest, sink: AnswerSink) {
    this.#context = context
    this.#request = request
    this.#sink = sink
    // Once a part of the request is sent, undici ends it if its body fails.
    if (!(request.body instanceof Uint8Array))
      request.body.on('error', error => {
        if (!this.#sent) this.fail(failureOf(error))
      })
  }

  get isSent(): boolean {
    return this.#sent
  }

  get responseCode(): string | undefined {
    return this.#start?.code
  }

  get isFault(): boolean {
    return this.#start?.isFault ?? false
  }

  get itemCount(): number | undefined {
    return this.#start?.itemCount
  }

  get owner(): string | undefined {
    return this.#request.owner
  }

  /** Enters the queue for a connection. The sink is not called before this returns. */
  start(): void {
    const { backoff, queue } = this.#context
    if (backoff.isBackingOff) this.fail(refusedCredentials(backoff.backOffMs))
    else queue.acquire(this)
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(): void {
    this.#aborted = true
    this.#giveUp()
  }

  /** Ends the request with a failure, without a response of the upstream. */
  fail(failure: Failure): void {
    if (this.#over) return
    this.#giveUp()
    queueMicrotask(() => {
      if (!this.#aborted) this.#sink.fail(failure)
    })
  }

  granted(): void {
    const admission = this.#context.backoff.admit()
    if (typeof admission === 'string') this.#admitted(admission)
    else void admission.then(admission => this.#admitted(admission))
  }

  #admitted(admission: Admission): void {
    const { backoff } = this.#context
    this.#admission = admission
    if (admission === 'back-off') this.fail(refusedCredentials(backoff.backOffMs))
    else this.#dispatch()
  }

  timedOut(): void {
    this.fail(overBudget())
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Cancels a request that has ended before anything was written. The connection stays usable.
    if (this.#over) throw GIVEN_UP
    this.#controller = controller
    this.#sent = true
  }

  onResponseStarted(): void {
    this.#answering = true
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (this.#over || status < 200) return
    const head = this.#judge(status, headers)
    if (head instanceof Failure) {
      this.fail(head)
      return
    }
    this.#start = this.#context.starts.follow(head.gzip, this.#request.countItems)
    this.#sink.head(head)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#over) return
    this.#start?.look(chunk)
    if (!this.#sink.chunk(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    this.#context.queue.release(this)
    if (this.#over) return
    this.#over = true
    this.#controller = undefined
    this.#stopBody()
    this.#sink.end()
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#controller = undefined
    if (!this.#over && this.#isRepeatable(error)) {
      this.#repeated = true
      this.#sent = false
      this.#answering = false
      // Deferred, because undici is still closing the broken connection.
      queueMicrotask(() => this.#dispatch())
      return
    }
    this.#dispatched = false
    this.#context.queue.release(this)
    const failure =
      error instanceof AccountRefused
        ? this.#rejected({ cause: error })
        : failureOf(error, this.#reach)
    if (!this.#over) this.#context.monitor.failed(failure)
    this.fail(failure)
  }

  /**
   * Whether the request can be sent once more: the whole body is available, and either the request was
   * certainly not carried out, or it is a read without a response.
   */
  #isRepeatable(error: Error): boolean {
    const { replayable, body, isCurrent } = this.#request
    if (this.#repeated || !(body instanceof Uint8Array) || isCurrent?.() === false) return false
    return isUndone(error) || (replayable && !this.#answering && isBrokenConnection(error))
  }

  #dispatch(): void {
    if (this.#over) {
      this.#context.queue.release(this)
      return
    }
    const { body, contentLength, headersTimeoutMs, bodyTimeoutMs } = this.#request
    const { connections, path, userAgent } = this.#context
    const headers = requestHeaders(this.#request, userAgent)
    headers.push('Content-Length', String(contentLength))
    this.#dispatched = true
    connections.dispatch(
      {
        path,
        method: 'POST',
        headers,
        body,
        headersTimeout: headersTimeoutMs,
        bodyTimeout: bodyTimeoutMs,
      },
      this,
    )
  }

  #judge(status: number, headers: AnswerHeaders): UpstreamHead | Failure {
    if (status === 401) return this.#rejected({ reach: 'answered' })
    const { backoff, monitor, now } = this.#context
    const { compress, contentLength } = this.#request
    const head = readHead(status, headers, { compress, bodyBytes: contentLength, now: now() })
    if (head instanceof Failure) monitor.failed(head)
    else {
      backoff.accepted(this.#admission)
      monitor.answered()
    }
    return head
  }

  get #reach(): Reach {
    if (this.#answering) return 'answered'
    return this.#sent ? 'sent-unknown' : 'not-sent'
  }

  #rejected(options: Parameters<typeof refusedCredentials>[1]): Failure {
    const { backoff } = this.#context
    backoff.rejected(this.#admission)
    return refusedCredentials(backoff.backOffMs, options)
  }

  /** Releases everything. A connection that is still being opened counts as used until undici reports the result. */
  #giveUp(): void {
    if (this.#over) return
    this.#over = true
    this.#stopBody()
    const controller = this.#controller
    this.#controller = undefined
    if (controller) controller.abort(GIVEN_UP)
    else if (!this.#dispatched) this.#context.queue.release(this)
  }

  #stopBody(): void {
    const { body } = this.#request
    if (!(body instanceof Uint8Array)) body.destroy()
  }
}
