/**
 * Buffers a response, and forwards it once a callback has processed all of it.
 *
 * @module
 */

import { GrowingBuffer } from '../http/growing-buffer.ts'
import { Failure } from '../model/failure.ts'
import type { AnswerSink, Exchange, UpstreamHead } from '../upstream/upstream.ts'

const MAX_RESPONSE_BYTES = 65_536

/** Cause of a failure after which the client gets no part of a response that the upstream sent. */
const UNREADABLE = { kind: 'not-ews', reach: 'answered' } as const

export class BufferedResponse implements AnswerSink {
  readonly #answer: AnswerSink
  readonly #before: (whole: Uint8Array) => Promise<void>
  readonly #whole = new GrowingBuffer()
  #exchange: Exchange | undefined
  #head: UpstreamHead | undefined

  /**
   * @param answer - receives the whole response afterward
   * @param before - processes the response.
   * @throws Failure if the client must not get it
   */
  constructor(answer: AnswerSink, before: (whole: Uint8Array) => Promise<void>) {
    this.#answer = answer
    this.#before = before
  }

  /** Sets the exchange, which is aborted if the response is too long to be buffered. */
  follow(exchange: Exchange): void {
    this.#exchange = exchange
  }

  head(head: UpstreamHead): void {
    this.#head = head
  }

  chunk(bytes: Uint8Array): boolean {
    if (this.#whole.length + bytes.length <= MAX_RESPONSE_BYTES) this.#whole.add(Buffer.from(bytes))
    else {
      this.#exchange?.abort()
      this.fail(
        new Failure('upstream-unreachable', 'The response is too long to be buffered', UNREADABLE),
      )
    }
    return true
  }

  end(): void {
    void this.#release(this.#whole.bytes)
  }

  fail(failure: Failure): void {
    this.#answer.fail(failure)
  }

  async #release(whole: Buffer): Promise<void> {
    try {
      await this.#before(whole)
    } catch (error) {
      this.fail(
        error instanceof Failure
          ? error
          : new Failure('internal-error', 'Unhandled error', { cause: error }),
      )
      return
    }
    if (this.#head) this.#answer.head(this.#head)
    this.#answer.chunk(whole)
    this.#answer.end()
  }
}
