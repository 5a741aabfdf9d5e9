/**
 * Limits how many requests of one principal, or in one role, this gateway takes per minute.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'

const MINUTE_MS = 60_000
/** Maximum number of IDs in each of the two generations. */
const MAX_IDS = 50_000

export type RequestRateOptions = Readonly<{
  /** Kind of the IDs: the limit applies to each principal, or to each role. */
  of: 'principal' | 'role'
  /** Requests per minute; undefined for no limit. */
  perMinute: number | undefined
  /** Number of requests that can arrive at once after a pause. */
  burst: number
  /** Returns monotonic time in milliseconds. */
  now: () => number
  /** Called for each request that is over the limit. */
  onThrottled: () => void
}>

/** Token buckets, each represented by the time at which it will be full again, and the latest of these times. */
class Generation {
  readonly fullAt = new Map<string, number>()
  latest = Number.NEGATIVE_INFINITY

  keep(id: string, fullAt: number): void {
    this.fullAt.set(id, fullAt)
    this.latest = Math.max(this.latest, fullAt)
  }
}

/**
 * A token bucket for each ID, in two generations. A bucket moves to the recent generation with each request. The
 * former generation is dropped as a whole: when all its buckets are full again, or when the recent one has too many
 * IDs. So the work for a request doesn't depend on the number of IDs. In the second case, an ID without a bucket
 * must wait as long as the most throttled of the dropped IDs, so that no ID exceeds its limit.
 */
export class RequestRate {
  readonly #options: RequestRateOptions
  #recent = new Generation()
  #former = new Generation()
  /** Start of the recent generation. */
  #since = Number.NEGATIVE_INFINITY
  /** Time at which the buckets of all dropped IDs are full again. */
  #droppedFullAt = Number.NEGATIVE_INFINITY

  constructor(options: RequestRateOptions) {
    this.#options = options
  }

  /** Number of buckets that are kept. */
  get size(): number {
    return this.#recent.fullAt.size + this.#former.fullAt.size
  }

  /** Counts a request. @throws Failure `over-budget` with the time until the next request is allowed */
  take(id: string): void {
    const { perMinute, burst, now } = this.#options
    if (perMinute === undefined) return
    const at = now()
    const fullAt = this.#admit(id, perMinute, at)
    const intervalMs = MINUTE_MS / perMinute
    if (at - this.#since >= burst * intervalMs || this.#recent.fullAt.size >= MAX_IDS)
      this.#begin(at)
    this.#recent.keep(id, fullAt + intervalMs)
  }

  /**
   * Checks whether a request is allowed now, without counting it.
   *
   * @throws Failure `over-budget`, as `take`
   */
  check(id: string): void {
    const { perMinute, now } = this.#options
    if (perMinute !== undefined) this.#admit(id, perMinute, now())
  }

  /** Returns the time at which the bucket of an ID is full. @throws Failure `over-budget` if it is empty */
  #admit(id: string, perMinute: number, at: number): number {
    const { of, burst, onThrottled } = this.#options
    const kept = this.#recent.fullAt.get(id) ?? this.#former.fullAt.get(id)
    const fullAt = Math.max(kept ?? this.#droppedFullAt, at)
    const waitMs = fullAt - at - ((burst - 1) * MINUTE_MS) / perMinute
    if (waitMs <= 0) return fullAt
    onThrottled()
    const message = `The ${of} sends more than ${perMinute} requests per minute`
    throw new Failure('over-budget', message, { backOffMs: Math.ceil(waitMs) })
  }

  /** Begins a generation, and drops the former one. */
  #begin(at: number): void {
    this.#droppedFullAt = Math.max(this.#droppedFullAt, this.#former.latest)
    this.#former = this.#recent
    this.#recent = new Generation()
    this.#since = at
  }
}
