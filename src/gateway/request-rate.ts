/**
 * Limits how many requests of one principal, or in one role, this gateway takes per minute.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'

const MINUTE_MS = 60_000
/** IDs that are kept. Beyond it, those are dropped that could send a whole burst. */
const MAX_IDS = 10_000

export type RequestRateOptions = Readonly<{
  /** Subject that the limit is for. */
  of: 'principal' | 'role'
  /** Undefined: no limit. */
  perMinute: number | undefined
  /** Requests that can come at once. */
  burst: number
  /** The time in milliseconds. */
  now: () => number
  /** Called for each request that is over the limit. */
  onThrottled: () => void
}>

/** A token bucket for each ID, kept as the time at which the bucket is full again. */
export class RequestRate {
  readonly #options: RequestRateOptions
  readonly #fullAt = new Map<string, number>()

  constructor(options: RequestRateOptions) {
    this.#options = options
  }

  /** Number of IDs that are kept. */
  get size(): number {
    return this.#fullAt.size
  }

  /**
   * Counts a request.
   *
   * @throws Failure `over-budget` with the time until the next request can be taken
   */
  take(id: string): void {
    const { of, perMinute, burst, now, onThrottled } = this.#options
    if (perMinute === undefined) return
    const at = now()
    const intervalMs = MINUTE_MS / perMinute
    // A clock that was set back must not extend the wait.
    const fullAt = Math.min(Math.max(this.#fullAt.get(id) ?? at, at), at + burst * intervalMs)
    const waitMs = fullAt - at - (burst - 1) * intervalMs
    if (waitMs > 0) {
      onThrottled()
      throw new Failure(
        'over-budget',
        `The ${of} sends more than ${perMinute} requests per minute`,
        {
          backOffMs: Math.ceil(waitMs),
        },
      )
    }
    if (this.#fullAt.size >= MAX_IDS) this.#dropFull(at)
    this.#fullAt.set(id, fullAt + intervalMs)
  }

  #dropFull(at: number): void {
    for (const [id, fullAt] of this.#fullAt) if (fullAt <= at) this.#fullAt.delete(id)
  }
}
