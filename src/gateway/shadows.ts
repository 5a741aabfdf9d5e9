/**
 * Follows up on comparisons with the shadows of roles, beside the requests: loads what a draft lacked, so that it is
 * known for later requests, and logs errors.
 *
 * @module
 */

import type { ShadowDecision } from '../decision/decision.ts'
import { Failure } from '../model/failure.ts'
import type { PolicySource } from '../model/policy-data.ts'
import { principalId } from '../model/principal.ts'
import type { Log } from '../telemetry/log.ts'

/** Owner of the upstream's connections for these loads, so that they use no connection of a principal's share. */
export const SHADOW_OWNER = principalId('shadow')

/** Time until an error is logged again. */
const QUIET_MS = 60_000

/** Age of the last poll of the store above which nothing is loaded, because the store seems to be unavailable. */
const POLLED_MS = 5_000

/** Runs one load at a time, and skips all others. So drafts add little work for the store and the upstream. */
export class Shadows {
  readonly #log: Pick<Log, 'error'>
  readonly #now: () => number
  #isLoading = false
  #loggedAt = Number.NEGATIVE_INFINITY

  /** @param now - returns the time in milliseconds since the epoch */
  constructor(log: Pick<Log, 'error'>, now: () => number) {
    this.#log = log
    this.#now = now
  }

  /** @param source - returns where missing data is loaded from */
  compared({ missing = [], error }: ShadowDecision, source: () => PolicySource): void {
    if (error !== undefined) this.#failed(error)
    // The senders of stored items are never cached.
    const subjects = missing.filter(({ kind }) => kind !== 'stored-items')
    if (subjects.length === 0 || this.#isLoading) return
    const data = source()
    const polledAt = data.freshness()?.at
    if (polledAt === undefined || this.#now() - polledAt > POLLED_MS) return
    this.#isLoading = true
    data
      .load(subjects)
      .catch(reason => {
        if (!(reason instanceof Failure)) this.#failed(reason)
      })
      .finally(() => {
        this.#isLoading = false
      })
  }

  #failed(err: unknown): void {
    const now = this.#now()
    if (Math.abs(now - this.#loggedAt) < QUIET_MS) return
    this.#loggedAt = now
    this.#log.error({ err }, 'Cannot evaluate the shadow of a role')
  }
}
