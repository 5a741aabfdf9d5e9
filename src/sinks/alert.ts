/**
 * Finds the records that an operator must know immediately.
 *
 * @module
 */

import type { Members } from './members.ts'

/** Failed requests within a time that raise an alert, and the time until the next one. */
const FAILURES = 100
const WINDOW_MS = 60_000
const QUIET_MS = 600_000

export class AlertDetector {
  /** Times of failed requests by the ID of the record, because a record that is sent again counts once. */
  readonly #failures = new Map<string, number>()
  #raised: Readonly<{ id: string; at: number }> | undefined

  /** Returns the alert of a record; undefined if it has none. */
  alertOf(id: string, members: Members): string | undefined {
    const { type, alert, verdict, breakGlass } = members
    if (type === 'alert') return String(alert)
    if (type === 'assume') return breakGlass === true ? 'break-glass' : undefined
    if (type === 'change') return verdict === 'allow' ? alertOfChange(members) : undefined
    return type === 'outcome' ? this.#alertOfOutcome(id, members) : undefined
  }

  #alertOfOutcome(id: string, { outcome, at }: Members): string | undefined {
    if (outcome !== 'FAILED') return undefined
    const time = Date.parse(String(at))
    this.#failures.set(id, time)
    for (const [other, failedAt] of this.#failures)
      if (failedAt <= time - WINDOW_MS || this.#failures.size > FAILURES)
        this.#failures.delete(other)
    if (this.#raised?.id === id) return 'failures'
    const isQuiet = this.#raised !== undefined && time < this.#raised.at + QUIET_MS
    if (this.#failures.size < FAILURES || isQuiet) return undefined
    this.#raised = { id, at: time }
    return 'failures'
  }
}

function alertOfChange({ action, before, after }: Members): string | undefined {
  if (action === 'ewsgateway:LockImpersonationRole') return 'role-locked'
  if (action !== 'ewsgateway:PutProtectedMailboxes') return undefined
  const exceptions = exceptionsIn(after)
  return exceptions !== '[]' && exceptions !== exceptionsIn(before) ? 'break-glass' : undefined
}

/** Returns the exceptions of protected mailboxes, as JSON. */
function exceptionsIn(state: unknown): string {
  const { exceptions = [] } = Object(state) as Readonly<{ exceptions?: unknown }>
  return JSON.stringify(exceptions)
}
