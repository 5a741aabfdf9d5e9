/**
 * Limits the bytes of audit records that each principal causes in an hour, so that no principal fills the disk.
 *
 * A share is a bucket that holds the bytes of one hour, and is refilled evenly.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { AuditRecord, PrincipalShares } from './audit.ts'

const HOUR_MS = 3_600_000
/** Interval at which the requests over a share are recorded, with their number. */
const COUNTED_MS = 60_000
/** Number of principals after which those with a full share are forgotten. */
const MANY = 10_000
/** Size of the record of the outcome, which follows that of the decision. */
const OUTCOME_BYTES = 400

export type JournalSharesOptions = Readonly<{
  bytesPerHour: number
  /** Returns monotonic time in milliseconds. */
  now: () => number
  /** Called for each request that is over its share. */
  onExhausted: () => void
}>

type Share = {
  /** Time at which the bucket is full again. */
  fullAt: number
  /** Number of requests over the share that no record counts yet. */
  over: number
  /** Time of the last record that counted such requests. */
  countedAt: number
}

export class JournalShares implements PrincipalShares {
  readonly #options: JournalSharesOptions
  readonly #shares = new Map<string, Share>()

  constructor(options: JournalSharesOptions) {
    this.#options = options
  }

  /** Counts the bytes of a record toward the share of its principal. */
  charge(record: AuditRecord, bytes: number): void {
    const principalId = chargedTo(record)
    if (principalId === undefined) return
    const at = this.#options.now()
    const share = this.#shares.get(principalId) ?? this.#add(principalId, at)
    const whole = record.type === 'decision' ? bytes + OUTCOME_BYTES : bytes
    share.fullAt = Math.max(share.fullAt, at) + (whole * HOUR_MS) / this.#options.bytesPerHour
  }

  check(principalId: string): void {
    const waitMs = this.#waitMs(principalId)
    if (!(waitMs > 0)) return
    this.#options.onExhausted()
    const message = `The records of this principal exceed ${this.#options.bytesPerHour} bytes per hour`
    throw new Failure('over-budget', message, { kind: 'throttled', backOffMs: Math.ceil(waitMs) })
  }

  count(principalId: string): number {
    const share = this.#shares.get(principalId)
    if (share === undefined || !(this.#waitMs(principalId) > 0)) return 1
    const at = this.#options.now()
    share.over += 1
    if (at < share.countedAt + COUNTED_MS) return 0
    const { over } = share
    share.over = 0
    share.countedAt = at
    return over
  }

  #waitMs(principalId: string): number {
    const share = this.#shares.get(principalId)
    return share === undefined ? 0 : share.fullAt - this.#options.now() - HOUR_MS
  }

  #add(principalId: string, at: number): Share {
    if (this.#shares.size >= MANY)
      for (const [id, { fullAt, over }] of this.#shares)
        if (fullAt <= at && over === 0) this.#shares.delete(id)
    const share = { fullAt: at, over: 0, countedAt: Number.NEGATIVE_INFINITY }
    this.#shares.set(principalId, share)
    return share
  }
}

/**
 * Returns the principal whose share a record uses; undefined if it uses none. Wrong credentials prove no principal, and
 * changes are rare and must not fail.
 */
function chargedTo(record: AuditRecord): string | undefined {
  if (record.type === 'decision')
    return record.reason === 'credentials-refused' ? undefined : record.principalId
  return record.type === 'assume' || record.type === 'call' || record.type === 'read'
    ? record.principalId
    : undefined
}
