/**
 * Follows up on comparisons with the shadows of roles, beside the requests: loads what a draft lacked from the store, so
 * that it is known for later requests, and logs errors.
 *
 * A draft never causes a request to the upstream. Otherwise, a principal that can only attach drafts could make the
 * gateway act as users that the role denies.
 *
 * @module
 */

import type { ShadowDecision } from '../decision/decision.ts'
import { Failure } from '../model/failure.ts'
import type { MissingSubject, PolicySource } from '../model/policy-data.ts'
import { isStoredKind } from '../model/subject.ts'
import type { Log } from '../telemetry/log.ts'
import { ShownClasses } from './shown-classes.ts'

/** Time until an error is logged again. */
const QUIET_MS = 60_000

/** Age of the last poll of the store above which nothing is loaded, because the store seems to be unavailable. */
const POLLED_MS = 5_000

/** Runs one load at a time, and skips all others. So drafts add little work for the store. */
export class Shadows {
  /** Classes that responses to clients show. */
  readonly shown: ShownClasses
  readonly #log: Pick<Log, 'error'>
  readonly #now: () => number
  #isLoading = false
  #loggedAt = Number.NEGATIVE_INFINITY

  /** @param now - returns the time in milliseconds since the epoch */
  constructor(log: Pick<Log, 'error'>, now: () => number) {
    this.#log = log
    this.#now = now
    this.shown = new ShownClasses(now)
  }

  /** @param data - policy data of the request, which loads what is missing */
  compared({ missing = [], error }: ShadowDecision, data: PolicySource): void {
    if (error !== undefined) this.failed(error)
    const subjects = missing.filter(isStored)
    if (subjects.length === 0 || this.#isLoading) return
    const polledAt = data.freshness()?.at
    if (polledAt === undefined || this.#now() - polledAt > POLLED_MS) return
    this.#isLoading = true
    data
      .load(subjects)
      .catch(reason => {
        if (!(reason instanceof Failure)) this.failed(reason)
      })
      .finally(() => {
        this.#isLoading = false
      })
  }

  /**
   * Compares again with a draft that lacked data, because the response to the request can have shown it. Returns undefined
   * if the verdict of the draft is still not known.
   */
  comparedAgain({ again }: ShadowDecision): ShadowDecision | undefined {
    const compared = again?.()
    if (compared?.error !== undefined) this.failed(compared.error)
    return compared?.outcome === 'unknown' ? undefined : compared
  }

  /** Logs an unhandled error, at most once a minute. */
  failed(err: unknown): void {
    const now = this.#now()
    if (Math.abs(now - this.#loggedAt) < QUIET_MS) return
    this.#loggedAt = now
    this.#log.error({ err }, 'Cannot evaluate the shadow of a role')
  }
}

const isStored = ({ kind }: MissingSubject): boolean => kind !== 'freshness' && isStoredKind(kind)
