/**
 * The brake on guessing: failed authentication, counted per address and key.
 *
 * Never per key alone, or anybody could lock out a tool whose key id he knows; and an IPv6 address
 * counts as its /64, for every customer has one of those.
 *
 * @module
 */

import { type NetworkBits, networkOf, ONE_CUSTOMER } from '../model/address.ts'
import { MINUTE_MS, MinuteCounts, type RecordEvents } from '../model/minute-counts.ts'
import type { AccessKeyId } from '../model/principal.ts'
import type { KeyOwner } from './credentials.ts'
import { FailureTable } from './failure-table.ts'

/** In a minute; a pair that has so many waits for the rest of it. */
const FAILURES = 10
const PAIRS = 10_000

/** Whether a failure is to be recorded now, and how many of its pair that record stands for. */
export type FailureRecord = Readonly<{ record: boolean; count: number }>

/** An address and the key that was tried from there, if it was one of ours, with its owner. */
export type FailedPair = Readonly<{ address: string; accessKeyId?: AccessKeyId; owner?: KeyOwner }>

/** Bits of the networks that count as one address, and of those that do when there are too many. */
const NARROW = ONE_CUSTOMER
const WIDE: NetworkBits = { ipv4: 24, ipv6: 48 }

/**
 * Slows down a pair that fails ten times in a minute, and keeps the audit from being flooded.
 *
 * A flood of pairs gains nothing: what is recorded in total is what has failed, and pairs that are braked
 * stay so. A pair for which there is no room has failed once, and that counts for the network around it.
 */
export class Brake {
  readonly #counts: MinuteCounts<FailedPair>
  readonly #pairs: FailureTable<Readonly<{ address: string; accessKeyId: AccessKeyId }>>
  readonly #wide: FailureTable<undefined>

  /** @param most - maximum number of pairs to keep, and of the networks around the others */
  constructor(most = PAIRS) {
    this.#counts = new MinuteCounts(most)
    this.#wide = new FailureTable(FAILURES, most, () => undefined)
    this.#pairs = new FailureTable(FAILURES, most, ({ address, accessKeyId }, at) =>
      this.#wide.add(nameOf(address, accessKeyId, WIDE), undefined, at),
    )
  }

  /** Milliseconds until a key may be tried again from an address; 0: now. */
  waitMs(address: string, key: AccessKeyId, at: number): number {
    const since =
      limitedSince(this.#pairs, NARROW, address, key, at) ??
      limitedSince(this.#wide, WIDE, address, key, at)
    return since === undefined ? 0 : since + MINUTE_MS - at
  }

  /**
   * Counts a failure.
   *
   * The first of a pair in a minute is to be recorded, together with those of the minute before
   * that were not.
   *
   * @param key - undefined for whatever is none of ours: all of an address's counts as one pair
   */
  fail(address: string, key: AccessKeyId | undefined, at: number, owner?: KeyOwner): FailureRecord {
    if (key !== undefined)
      this.#pairs.add(nameOf(address, key, NARROW), { address, accessKeyId: key }, at)
    return this.note(address, key, at, owner)
  }

  /** Counts a failure that never slows a pair down, and is recorded as every other. */
  note(address: string, key: AccessKeyId | undefined, at: number, owner?: KeyOwner): FailureRecord {
    const pair =
      key === undefined ? { address } : { address, accessKeyId: key, ...(owner && { owner }) }
    const count = this.#counts.count(nameOf(address, key, NARROW), pair, at)
    return { record: count > 0, count }
  }

  /** Forgets the failures of a pair; what is recorded stays once a minute. */
  succeed(address: string, key: AccessKeyId): void {
    if (!this.#pairs.isEmpty) this.#pairs.forget(nameOf(address, key, NARROW))
  }

  /**
   * Hands over every failure of a minute that is over and that no record has counted, once, and forgets
   * those minutes. Called from time to time, and at the end. Failures of pairs for which there was no
   * room come as one number, without a pair.
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

const nameOf = (address: string, key: AccessKeyId | undefined, networks: NetworkBits) =>
  `${key} ${networkOf(address, networks)}`
