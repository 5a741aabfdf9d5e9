/**
 * The brake on guessing: failed authentication, counted per address and key.
 *
 * Never per key alone, or anybody could lock out a tool whose key id he knows; and an IPv6 address
 * counts as its /64, for every customer has one of those.
 *
 * @module
 */

import { networkOf } from '../model/address.ts'
import type { AccessKeyId } from '../model/principal.ts'

const WINDOW_MS = 60_000
const FAILURES = 10
const PAIRS = 10_000

/** What is known of one address and key for a minute after its first failure. */
type Pair = {
  readonly address: string
  readonly key: AccessKeyId | undefined
  readonly since: number
  /** Failures since the last success. */
  failures: number
  /** Failures that no record has counted yet. */
  unrecorded: number
}

/** Whether a failure is to be recorded now, and how many of its pair that record stands for. */
export type FailureRecord = Readonly<{ record: boolean; count: number }>

/** Failures of a minute that is over and that no record has counted. */
export type Unrecorded = Readonly<{ address: string; accessKeyId?: AccessKeyId; count: number }>

/** Slows down whoever fails ten times in a minute, and keeps the audit from being flooded. */
export class Brake {
  /** By age: a pair that starts a new minute goes to the end. */
  readonly #pairs = new Map<string, Pair>()

  /** Milliseconds until a key may be tried again from an address; 0: now. */
  waitMs(address: string, key: AccessKeyId, at: number): number {
    if (this.#pairs.size === 0) return 0
    const pair = this.#pairs.get(nameOf(address, key))
    if (!pair || isOver(pair, at) || pair.failures < FAILURES) return 0
    return pair.since + WINDOW_MS - at
  }

  /**
   * Counts a failure.
   *
   * The first of a pair in a minute is to be recorded, together with those of the minute before
   * that were not.
   *
   * @param key - undefined for whatever is none of ours: all of an address's counts as one pair
   */
  fail(address: string, key: AccessKeyId | undefined, at: number): FailureRecord {
    const name = nameOf(address, key)
    const pair = this.#pairs.get(name)
    if (pair && !isOver(pair, at)) {
      pair.failures++
      pair.unrecorded++
      return { record: false, count: 0 }
    }
    this.#pairs.delete(name)
    this.#pairs.set(name, { address, key, since: at, failures: 1, unrecorded: 0 })
    this.#dropOldest()
    return { record: true, count: (pair?.unrecorded ?? 0) + 1 }
  }

  /** Forgets the failures of a pair; what is recorded stays once a minute. */
  succeed(address: string, key: AccessKeyId): void {
    if (this.#pairs.size === 0) return
    const pair = this.#pairs.get(nameOf(address, key))
    if (pair) pair.failures = 0
  }

  /**
   * Gives every failure of a minute that is over and that no record has counted, once, and forgets
   * those pairs; for whoever keeps the audit, now and then and at the end.
   */
  takeUnrecorded(at: number): readonly Unrecorded[] {
    const over = [...this.#pairs].filter(([, pair]) => isOver(pair, at))
    for (const [name] of over) this.#pairs.delete(name)
    return over
      .filter(([, { unrecorded }]) => unrecorded > 0)
      .map(([, { address, key, unrecorded: count }]) =>
        key === undefined ? { address, count } : { address, accessKeyId: key, count },
      )
  }

  #dropOldest(): void {
    if (this.#pairs.size <= PAIRS) return
    const [oldest] = this.#pairs.keys()
    if (oldest !== undefined) this.#pairs.delete(oldest)
  }
}

/** A clock that was set back ends the minute as well. */
const isOver = ({ since }: Pair, at: number) => at < since || at >= since + WINDOW_MS

const nameOf = (address: string, key: AccessKeyId | undefined) => `${key} ${networkOf(address)}`
