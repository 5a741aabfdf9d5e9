/**
 * Logs failures of requests that appear nowhere else: a lack of policy data, memory, or connections. Problems of
 * the upstream and of the audit are logged when their state changes.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'
import { CAUSE_ROWS } from '../model/failure-table.ts'
import type { Cause } from '../model/outcome.ts'
import type { Log } from '../telemetry/log.ts'

/** Time until failures of the same cause are logged again. */
const QUIET_MS = 60_000

const REASONS: ReadonlySet<Reason> = new Set(['policy-unavailable', 'over-budget'])

export class FailureLog {
  readonly #log: Pick<Log, 'warn'>
  readonly #now: () => number
  readonly #loggedAt = new Map<Cause, number>()

  /** @param now - returns monotonic time in milliseconds */
  constructor(log: Pick<Log, 'warn'>, now: () => number = () => performance.now()) {
    this.#log = log
    this.#now = now
  }

  /** Logs a failure. Logs each cause at most once per minute. */
  failed({ reason, kind, message, cause: error }: Failure): void {
    if (kind === undefined || !REASONS.has(reason)) return
    const now = this.#now()
    if (now < (this.#loggedAt.get(kind) ?? Number.NEGATIVE_INFINITY) + QUIET_MS) return
    this.#loggedAt.set(kind, now)
    const remedy = CAUSE_ROWS[kind].remedy.replaceAll('`', '')
    const err = error === undefined ? {} : { err: error }
    this.#log.warn({ cause: kind, reason, message, remedy, ...err }, 'Requests fail')
  }
}
