/**
 * Leaves parts out of a response that are outside of the profile of the role, and passes on the rest as it arrives.
 *
 * @module
 */

import { operationOf } from '../ews/operations.ts'
import { type Filter, MAX_HELD_BYTES, ResponseFilter } from '../ews/response-filter.ts'
import { Failure } from '../model/failure.ts'
import { listedIn } from '../policy/profile-content.ts'
import type { AnswerSink, Exchange, UpstreamHead } from '../upstream/upstream.ts'
import type { Answer } from './answer.ts'
import type { Allowed } from './context.ts'

/** Maximum number of bytes that a filter keeps: of a part that is held back, of incomplete markup, and of a chunk. */
export const FILTER_BYTES = 3 * MAX_HELD_BYTES

/** The parts of an allowed request on which its filter depends. */
type Filtered = Pick<Allowed, 'facts' | 'outside' | 'role'> & Readonly<{ requestElement: string }>

/** Returns what to leave out of the response to an allowed request; undefined if nothing can be outside of the profile. */
export const filterOf = (allowed: Allowed): Filter | undefined =>
  filterFor({ ...allowed, requestElement: allowed.read.prologue.requestElement })

export function filterFor({ role, outside, requestElement, facts }: Filtered): Filter | undefined {
  const name = role.profile?.name
  const operation = operationOf(requestElement)
  if (name === undefined || operation === undefined) return undefined
  const { content } = facts
  if (outside.length > 0) return { entries: { count: content.entries.length, outside } }
  const keeps = listedIn(name, operation, content)
  return keeps && { keeps }
}

export class FilteredAnswer implements AnswerSink {
  readonly #answer: Answer
  readonly #latest: () => Allowed
  #filter: ResponseFilter | undefined
  #exchange: Exchange | undefined
  #failed = false

  /** @param latest - returns the last decision, which was made on the whole body */
  constructor(answer: Answer, latest: () => Allowed) {
    this.#answer = answer
    this.#latest = latest
  }

  /** Sets the exchange, which is aborted if the response can't be read. */
  follow(exchange: Exchange): void {
    this.#exchange = exchange
  }

  head(head: UpstreamHead): void {
    const filter = filterOf(this.#latest())
    this.#filter = filter && new ResponseFilter(filter)
    this.#answer.head(filter ? { ...head, headers: withoutLength(head.headers) } : head)
  }

  chunk(bytes: Uint8Array): boolean {
    return this.#filter ? this.#pass(filter => filter.write(bytes)) : this.#answer.chunk(bytes)
  }

  end(): void {
    this.#pass(filter => filter.end())
    if (!this.#failed) this.#answer.end()
  }

  fail(failure: Failure): void {
    if (!this.#failed) this.#answer.fail(failure)
  }

  #pass(read: (filter: ResponseFilter) => readonly Uint8Array[]): boolean {
    if (this.#failed || this.#filter === undefined) return true
    let more = true
    try {
      for (const part of read(this.#filter)) more = this.#answer.chunk(part)
      this.#answer.leftOut = this.#filter.count
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#failed = true
      this.#answer.fail(error)
      this.#exchange?.abort()
    }
    return more
  }
}

/** Returns alternating names and values without the length, which is that of the whole response. */
const withoutLength = (headers: readonly string[]): readonly string[] =>
  headers.filter((_, i) => headers[i - (i % 2)] !== 'content-length')
