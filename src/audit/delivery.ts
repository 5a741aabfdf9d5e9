/**
 * Delivers the journal to its consumers, and deletes segments that all of them have received. A process delivers
 * its own records and those of processes that have ended. For requests that such a process didn't finish, it writes
 * the outcomes.
 *
 * @module
 */

import { readdirSync, rmSync, statSync } from 'node:fs'
import type { Consumer } from './consumer.ts'
import { Follower, type FollowerOptions } from './follower.ts'
import { Orphans } from './orphans.ts'
import type { Committed } from './reader.ts'
import { type SegmentName, segmentFile, segmentsIn } from './segments.ts'
import { Unended, type UnendedOptions } from './unended.ts'

/** Interval at which a process looks for others that have ended. */
const POLL_INTERVAL_MS = 10_000

/** Interval at which a process looks for segments to delete. */
const EXPIRE_MS = 600_000

export type DeliveryOptions = Readonly<{
  folder: string
  /** The writer of this process, the number of its current segment, and the end of what it has written. */
  journal: Readonly<{ writer: string; segment: number; committed: () => Committed | undefined }> &
    UnendedOptions['audit']
  consumers: readonly Consumer[]
  /** Retention of a segment after its last record, in milliseconds. */
  keepMs: number
  /** Current time in milliseconds since the epoch. */
  now: () => number
}> &
  Pick<FollowerOptions, 'failed' | 'recovered'>

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #followers: readonly Follower[]
  readonly #orphans: Orphans
  readonly #unended: Unended
  readonly #timers: readonly NodeJS.Timeout[]
  /** Writers whose records this process delivers. */
  readonly #writers: Set<string>
  #hasFailed = false
  #overdueBytes = 0
  #isStopped = false

  constructor(options: DeliveryOptions) {
    const { folder, journal, consumers, now, failed, recovered } = options
    const { writer } = journal
    const committed = () => journal.committed()
    this.#options = options
    this.#followers = consumers.map(
      consumer => new Follower({ folder, writer, consumer, committed, failed, recovered, now }),
    )
    this.#orphans = new Orphans(folder, writer, now)
    this.#unended = new Unended({ folder, audit: journal, now })
    this.#writers = new Set([writer])
    this.#timers = [
      setInterval(() => void this.takeOver(), POLL_INTERVAL_MS).unref(),
      setInterval(() => void this.expire(), EXPIRE_MS).unref(),
    ]
    void this.takeOver()
  }

  /** Returns for each consumer the time since it had received all records, in milliseconds. */
  lags(): ReadonlyMap<string, number> {
    return new Map(this.#followers.map(({ consumer, lagMs }) => [consumer, lagMs]))
  }

  /** Names of the consumers that could not take records at the last attempt. */
  failing(): readonly string[] {
    return this.#followers.filter(({ hasFailed }) => hasFailed).map(({ consumer }) => consumer)
  }

  /** Bytes of segments that are kept beyond the retention, because a consumer has not received them. */
  get overdueBytes(): number {
    return this.#overdueBytes
  }

  /**
   * Takes over the records of processes that have ended. Writes the outcomes of their unfinished requests once
   * every consumer on this machine has received these records.
   */
  async takeOver(): Promise<void> {
    try {
      for (const writer of this.#orphans.claim(this.#writers)) {
        this.#writers.add(writer)
        this.#unended.add(writer)
        for (const follower of this.#followers) follower.follow(writer)
      }
      const local = this.#followers.filter(({ isRemote }) => !isRemote)
      await this.#unended.end(writer => local.every(follower => follower.hasAll(writer)))
      this.#hasFailed = false
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Deletes segments that are older than the retention and that every consumer has received. */
  async expire(): Promise<void> {
    try {
      const { folder, journal } = this.#options
      // Includes writers that are only claimed: a process can die after it deleted their segments and before it
      // removed the claims.
      const writers = new Set([...this.#writers, ...this.#orphans.claimed()])
      const kept = new Set([journal.writer])
      let overdueBytes = 0
      for (const name of segmentsIn(readdirSync(folder))) {
        const bytes = this.#expiredBytes(name)
        if (bytes !== undefined && this.#hasEverywhere(name, bytes)) {
          rmSync(segmentFile(folder, name), { force: true })
          continue
        }
        overdueBytes += bytes ?? 0
        kept.add(name.writer)
      }
      this.#overdueBytes = overdueBytes
      for (const writer of writers) if (!kept.has(writer)) await this.#forget(writer)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Resolves when every consumer has received all records written before the call, or has failed. */
  async drain(): Promise<void> {
    await Promise.all(this.#followers.map(follower => follower.drain()))
  }

  /** Stops taking over writers and recording outcomes, so that the journal can be closed. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.#unended.stop()
  }

  async close(): Promise<void> {
    await this.stop()
    await Promise.all(this.#followers.map(follower => follower.close()))
  }

  /** Logs a failure once. An error during shutdown is not a failure, because another process continues the work. */
  #failed(error: unknown): void {
    if (this.#isStopped) return
    if (!this.#hasFailed) this.#options.failed('folder', error)
    this.#hasFailed = true
  }

  /** Returns the length of a segment of this process whose retention is over; undefined for others. */
  #expiredBytes(name: SegmentName): number | undefined {
    const { folder, journal, keepMs, now } = this.#options
    if (!this.#writers.has(name.writer)) return undefined
    if (name.writer === journal.writer && name.segment >= journal.segment) return undefined
    const stats = statSync(segmentFile(folder, name), { throwIfNoEntry: false })
    return stats === undefined || stats.mtimeMs > now() - keepMs ? undefined : stats.size
  }

  #hasEverywhere(name: SegmentName, bytes: number): boolean {
    return this.#followers.every(follower => follower.has(name, bytes))
  }

  async #forget(writer: string): Promise<void> {
    this.#writers.delete(writer)
    for (const follower of this.#followers) await follower.forget(writer)
    this.#unended.forget(writer)
    this.#orphans.forget(writer)
  }
}
