/**
 * Holds an answer back until something has been done with the whole of it.
 *
 * @module
 */

import { GrowingBuffer } from '../http/growing-buffer.ts'
import { Failure } from '../model/failure.ts'
import type { AnswerSink, Exchange, UpstreamHead } from '../upstream/upstream.ts'

const LONGEST = 65_536

/** The upstream has answered, and the client gets nothing of it. */
const UNREADABLE = { kind: 'not-ews', reach: 'answered' } as const

export class HeldAnswer implements AnswerSink {
  readonly #answer: AnswerSink
  readonly #before: (whole: Uint8Array) => Promise<void>
  readonly #whole = new GrowingBuffer()
  #exchange: Exchange | undefined
  #head: UpstreamHead | undefined

  /**
   * @param answer - gets all of it in the end
   * @param before - resolves when it may. @throws Failure where it may not
   */
  constructor(answer: AnswerSink, before: (whole: Uint8Array) => Promise<void>) {
    this.#answer = answer
    this.#before = before
  }

  /** The exchange to end where the answer is too long to be held. */
  follow(exchange: Exchange): void {
    this.#exchange = exchange
  }

  head(head: UpstreamHead): void {
    this.#head = head
  }

  chunk(bytes: Uint8Array): boolean {
    if (this.#whole.length + bytes.length <= LONGEST) this.#whole.add(Buffer.from(bytes))
    else {
      this.#exchange?.abort()
      this.fail(
        new Failure('upstream-unreachable', 'The answer is too long to be held', UNREADABLE),
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
    if (whole.length > 0) this.#answer.chunk(whole)
    this.#answer.end()
  }
}
