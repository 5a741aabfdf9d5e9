/**
 * Records denied calls of actions that change nothing. Changes and tokens have their own records.
 *
 * A principal's denied calls of one action are recorded once a minute, with a count, so that a key without
 * permissions can't fill the audit.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { Audit, CallRecord } from '../audit/audit.ts'
import { Failure } from '../model/failure.ts'
import { MinuteCounts } from '../model/minute-counts.ts'

/** Fields that denied calls share if they are counted together. */
type Shared = Pick<
  CallRecord,
  | 'organizationId'
  | 'principalId'
  | 'accessKeyId'
  | 'issuer'
  | 'subject'
  | 'displayName'
  | 'action'
  | 'verdict'
  | 'reason'
>

type DeniedCall = Omit<CallRecord, 'type' | 'count'> & Required<Pick<Shared, 'principalId'>>

/** Counts denied calls, and records the first of each minute. */
export class DeniedCalls {
  readonly #audit: Audit
  readonly #counts: MinuteCounts<Shared>

  /** @param maxCounts - maximum number of keys and actions that are counted separately */
  constructor(audit: Audit, maxCounts?: number) {
    this.#audit = audit
    this.#counts = new MinuteCounts(maxCounts)
  }

  /**
   * Counts a call, and records it if it is the first of its key or person, action, and reason in a minute.
   *
   * @throws Failure `audit-unavailable`
   */
  async record(call: DeniedCall): Promise<void> {
    const {
      at,
      decisionId: _,
      sourceAddress: __,
      userAgent: ___,
      policyVersion: ____,
      ...shared
    } = call
    const caller = call.accessKeyId ?? call.principalId
    const count = this.#counts.count(`${caller} ${call.action} ${call.reason}`, shared, at)
    if (count > 0) await this.#write({ type: 'call', ...call, count })
  }

  /**
   * Writes records of the calls that no record counts yet. If that fails, the calls are kept for the next attempt.
   * The audit logs the failure.
   *
   * @param until - only minutes that ended before this time are recorded
   * @param at - time of the records
   */
  async recordRest(until: number, at: number): Promise<void> {
    try {
      await this.#counts.recordRest(until, (count, shared = SEVERAL) =>
        this.#write({ type: 'call', at, decisionId: randomUUIDv7(), ...shared, count }),
      )
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }

  #write(record: CallRecord): Promise<void> {
    this.#audit.record(record)
    return this.#audit.written()
  }
}

/**
 * Identifies calls of several keys, actions, or reasons, which are counted together when there are too many to
 * count separately.
 */
const SEVERAL: Shared = { verdict: 'deny' }
