/**
 * Limits the rate of failed authentication, per source address and access key.
 *
 * The limit is never per key alone, because anyone who knows an access key ID could lock out its tool. An IPv6 address
 * counts as its /64 network, because every customer has at least such a network.
 *
 * @module
 */

import { type NetworkBits, networkOf, ONE_CUSTOMER } from '../model/address.ts'
import { MINUTE_MS, MinuteCounts, type RecordEvents } from '../model/minute-counts.ts'
import type { AccessKeyId } from '../model/principal.ts'
import type { KeyOwner } from './credentials.ts'
import { FailureTable } from './failure-table.ts'

/** Number of failures in a minute after which a pair of address and key is rejected for the rest of the minute. */
const MAX_FAILURES = 10
const MAX_PAIRS = 10_000

/** Whether to write an audit record of a failure now, and how many failures of its pair the record counts. */
export type FailureRecord = Readonly<{ record: boolean; count: number }>

/** A source address, and the access key that was tried from it, if the master key created the ID. */
export type FailedPair = Readonly<{ address: string; accessKeyId?: AccessKeyId; owner?: KeyOwner }>

/** Name of a principal in place of a key. A key ID has no dashes. */
const nameOfOwner = (owner: KeyOwner | undefined) => owner?.principalId

/**
 * Prefix lengths of networks that count as one address. The wide ones are for pairs that don't fit into the table.
 */
const NARROW = ONE_CUSTOMER
const WIDE: NetworkBits = { ipv4: 24, ipv6: 48 }

/**
 * Rejects a pair after ten failures in a minute, and limits the number of audit records.
 *
 * Has bounded memory. A flood of pairs does not change the total count of recorded failures, and does not release
 * pairs that are rate-limited. If a pair with a single failure doesn't fit into the table, its failure counts for a
 * wider network.
 */
export class AuthenticationRateLimiter {
  readonly #counts: MinuteCounts<FailedPair>
  readonly #pairs: FailureTable<Readonly<{ address: string; accessKeyId: AccessKeyId }>>
  readonly #wide: FailureTable<undefined>

  /** @param maxPairs - maximum number of pairs, and also of wider networks, to count */
  constructor(maxPairs = MAX_PAIRS) {
    this.#counts = new MinuteCounts(maxPairs)
    this.#wide = new FailureTable(MAX_FAILURES, maxPairs, () => undefined)
    this.#pairs = new FailureTable(MAX_FAILURES, maxPairs, ({ address, accessKeyId }, at) =>
      this.#wide.add(nameOf(address, accessKeyId, WIDE), undefined, at),
    )
  }

  /** Returns the milliseconds until a key can be tried again from an address. 0 means now. */
  waitMs(address: string, key: AccessKeyId, at: number): number {
    const since =
      limitedSince(this.#pairs, NARROW, address, key, at) ??
      limitedSince(this.#wide, WIDE, address, key, at)
    return since === undefined ? 0 : since + MINUTE_MS - at
  }

  /**
   * Counts a failure.
   *
   * The first failure of a pair in a minute must be recorded. Its record also counts unrecorded failures of the
   * previous minute.
   *
   * @param key - undefined if the master key did not create the ID. All such keys of an address count as one pair
   */
  fail(address: string, key: AccessKeyId | undefined, at: number, owner?: KeyOwner): FailureRecord {
    if (key !== undefined)
      this.#pairs.add(nameOf(address, key, NARROW), { address, accessKeyId: key }, at)
    return this.note(address, key, at, owner)
  }

  /**
   * Counts a failure for the audit only, not for the limit. Without a key, the failures of each owner are counted by
   * themselves.
   */
  note(address: string, key: AccessKeyId | undefined, at: number, owner?: KeyOwner): FailureRecord {
    const pair = {
      address,
      ...(key !== undefined && { accessKeyId: key }),
      ...(owner && { owner }),
    }
    const name = nameOf(address, key ?? nameOfOwner(owner), NARROW)
    const count = this.#counts.count(name, pair, at)
    return { record: count > 0, count }
  }

  /** Forgets the failures of a pair. Records are still limited to one per minute. */
  succeed(address: string, key: AccessKeyId): void {
    if (!this.#pairs.isEmpty) this.#pairs.forget(nameOf(address, key, NARROW))
  }

  /**
   * Records all failures of past minutes that no record counts yet. Must be called regularly, and at shutdown.
   * Failures of pairs that didn't fit into the table get one record without a pair.
   */
  recordRest(at: number, record: RecordEvents<FailedPair>): Promise<void> {
    this.#pairs.sweep(at)
    this.#wide.sweep(at)
    return this.#counts.recordRest(at, record)
  }
}

function limitedSince(
  table: Pick<FailureTable<undefined>, 'isEmpty' | 'limitedSince'>,
  networks: NetworkBits,
  address: string,
  key: AccessKeyId,
  at: number,
): number | undefined {
  return table.isEmpty ? undefined : table.limitedSince(nameOf(address, key, networks), at)
}

const nameOf = (address: string, key: string | undefined, networks: NetworkBits) =>
  `${key} ${networkOf(address, networks)}`
