/**
 * Status of an upstream, according to results of requests and checks.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import type { Cause } from '../model/outcome.ts'
import type { UpstreamState, UpstreamStatus, UpstreamTrouble } from '../model/upstream-status.ts'

/** Number of consecutive failures after which the upstream is down. */
const DOWN_FAILURES = 3

/**
 * Time without a failure after which the upstream counts as up again, and minimum time between two reports of a
 * state, so that alternating causes don't fill the log.
 */
const QUIET_MS = 30_000

/** Causes that concern the upstream, not a single request. */
const CAUSES: ReadonlySet<Cause> = new Set([
  'dns',
  'refused',
  'tls',
  'closed',
  'timeout',
  'not-ews',
  'throttled',
])

export type UpstreamMonitorOptions = Readonly<{
  /** Returns the time in milliseconds. */
  now: () => number
  /** Returns the advice for an operator after a failure. */
  remedyOf: (failure: Failure) => string
  /** Called at each transition, and when an upstream that stays down fails for another cause. */
  changed: (status: UpstreamStatus, before: UpstreamState) => void
}>

/** The state of an upstream. It changes with results, and with the time since the last failure. */
export class UpstreamMonitor {
  readonly #options: UpstreamMonitorOptions
  #status: UpstreamStatus
  #trouble: UpstreamTrouble | undefined
  #reported: Readonly<{ cause: Cause | undefined; at: number }> = { cause: undefined, at: 0 }
  #rejections = 0
  #failures = 0
  #failedAt = Number.NEGATIVE_INFINITY
  #hasAnswered = false

  constructor(options: UpstreamMonitorOptions) {
    this.#options = options
    this.#status = { state: 'unknown', since: options.now() }
  }

  get status(): UpstreamStatus {
    return this.#status
  }

  /** Records an EWS response. Only failures after it can bring the upstream down. */
  answered(): void {
    this.#failures = 0
    this.#hasAnswered = true
    this.look()
  }

  /** Records a failed request, unless the failure concerns only this request. */
  failed(failure: Failure): void {
    if (failure.kind === undefined || !CAUSES.has(failure.kind)) return
    this.#fail(1, this.#troubleOf(failure, failure.kind))
  }

  /** Records a failed check, which brings the upstream down at once, because requests would fail, too. */
  checkFailed(trouble: UpstreamTrouble): void {
    this.#fail(DOWN_FAILURES, trouble)
  }

  /**
   * Records that the credentials were rejected, or accepted again.
   *
   * @param count - number of rejections in a row; 0 if the credentials are accepted
   */
  rejected(count: number, failure: Failure): void {
    this.#rejections = count
    if (count === 0) this.#hasAnswered = true
    else {
      this.#failedAt = this.#options.now()
      this.#trouble = this.#troubleOf(failure, 'unauthorized')
    }
    this.look()
  }

  /** Updates the status, which also depends on the time since the last failure. */
  look(): void {
    const now = this.#options.now()
    const { state: before, trouble } = this.#status
    const state = this.#state()
    if (state !== before) {
      this.#status = { ...this.#made(state), since: now }
      this.#report(before, now)
      return
    }
    if (this.#trouble !== trouble && state !== 'up') this.#status = this.#made(state)
    const isOther = this.#status.trouble?.cause !== this.#reported.cause
    if (state === 'down' && isOther && now >= this.#reported.at + QUIET_MS)
      this.#report(before, now)
  }

  #report(before: UpstreamState, at: number): void {
    this.#reported = { cause: this.#status.trouble?.cause, at }
    this.#options.changed(this.#status, before)
  }

  #made(state: UpstreamState): UpstreamStatus {
    const { since } = this.#status
    const hasTrouble = state !== 'up' && this.#trouble !== undefined
    return { state, since, ...(hasTrouble && { trouble: this.#trouble as UpstreamTrouble }) }
  }

  #fail(failures: number, trouble: UpstreamTrouble): void {
    this.#failures += failures
    this.#failedAt = this.#options.now()
    this.#trouble = trouble
    this.look()
  }

  #troubleOf(failure: Failure, cause: Cause): UpstreamTrouble {
    return { cause, message: failure.message, remedy: this.#options.remedyOf(failure) }
  }

  #state(): UpstreamState {
    if (this.#rejections > 1) return 'credentials-rejected'
    if (this.#failures >= DOWN_FAILURES) return 'down'
    const isQuiet = this.#options.now() >= this.#failedAt + QUIET_MS
    if (this.#rejections > 0 || this.#failures > 0 || !isQuiet) return 'degraded'
    return this.#hasAnswered ? 'up' : 'unknown'
  }
}
