/**
 * Polls the store for its epoch and every organization's policy version.
 *
 * After a poll, every change up to the versions it found is applied, so all data in the process is at least as
 * current as the last poll. A message only makes the next poll happen earlier.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { PolicyChange } from '../model/subject.ts'
import type { ChangeReader, EpochStore, PolicyVersions } from '../store/store.ts'
import { type Clock, endOf, hasEnded, isBefore, type Timestamp, timestampOf } from './clock.ts'

/** Time after a failed poll during which waiting requests don't start another one. */
const BACKOFF_MS = 1_000

/** Before the first poll. */
const NEVER: Timestamp = { now: Number.NEGATIVE_INFINITY, elapsed: Number.NEGATIVE_INFINITY }

/** Applies the results of polls. */
export interface ChangeSink {
  /** Applies these changes in order. */
  changed(organization: OrganizationId, changes: readonly PolicyChange[]): void
  /** Applies changes up to this version whose subjects are not known. */
  changedUnnamed(organization: OrganizationId, version: number): void
  /** Discards all data, because the store was replaced or not polled for too long. */
  reset(policyVersions: PolicyVersions, why: 'start' | 'gap' | 'restored'): void
  /** Called when all changes that a poll found have been applied. */
  seen(policyVersions: PolicyVersions, at: Timestamp): void
}

export type WatchPorts = Readonly<{
  store: ChangeReader & EpochStore
  clock: Clock
  maxAgeMs: number
  sink: ChangeSink
}>

/** Returns the failure for a store that was not polled recently enough, so that no data may be used. */
const unseen = (cause?: unknown) =>
  new Failure('policy-unavailable', 'No poll of the store has succeeded for too long', { cause })

export class Watch {
  readonly #ports: WatchPorts
  #versions: PolicyVersions | undefined
  /**
   * Epoch that became invalid because the store returned to an older state. Everything with that epoch is invalid.
   */
  #ended: string | undefined
  #seen = NEVER
  /** Expiry of the data of the last poll. */
  #freshUntil = NEVER
  #failedAt = Number.NEGATIVE_INFINITY
  #polling: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(ports: WatchPorts) {
    this.#ports = ports
  }

  /**
   * Epoch and versions at the last poll.
   *
   * @throws Failure `policy-unavailable` before the first poll, and if the last one is too old
   */
  get policyVersions(): PolicyVersions {
    if (this.#versions === undefined || !this.isFresh) throw unseen()
    return this.#versions
  }

  /** Start of the last poll. All data in the process is at least as current. */
  get seen(): Timestamp {
    return this.#seen
  }

  get isFresh(): boolean {
    return this.#versions !== undefined && !hasEnded(this.#ports.clock, this.#freshUntil)
  }

  /** Whether an epoch is that of the last poll. */
  isOf(epoch: string): boolean {
    return this.#versions?.epoch === epoch
  }

  /** Returns an organization's version at the last poll; 0 if it is unknown. */
  versionOf(organization: OrganizationId): number {
    return this.#versions?.versions.get(organization) ?? 0
  }

  /**
   * Polls the store if the last poll has expired.
   *
   * @throws Failure `policy-unavailable`
   */
  async refresh(): Promise<void> {
    if (this.isFresh) return
    if (this.#ports.clock.elapsed() < this.#failedAt + BACKOFF_MS) throw unseen()
    await this.poll().catch(error => {
      throw unseen(error)
    })
  }

  /**
   * Polls the store, unless the last poll has already reached this version, which another process has read.
   *
   * @throws Failure `policy-unavailable`
   */
  async reach(organization: OrganizationId, version: number): Promise<void> {
    if (this.versionOf(organization) < version) await this.poll()
  }

  /**
   * Polls the store. The poll always begins after the call, and concurrent calls share it.
   *
   * @throws Failure `policy-unavailable`
   */
  poll(): Promise<void> {
    if (this.#next !== undefined) return this.#next
    if (this.#polling === undefined) return this.#begin()
    this.#next = this.#polling
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#begin()
      })
    return this.#next
  }

  #begin(): Promise<void> {
    this.#polling = this.#poll()
      .catch(error => {
        this.#failedAt = this.#ports.clock.elapsed()
        throw error
      })
      .finally(() => {
        this.#polling = undefined
      })
    return this.#polling
  }

  async #poll(): Promise<void> {
    const { store, clock } = this.#ports
    const at = timestampOf(clock)
    const found = await store.policyVersions()
    const known = this.#versions
    if (found.epoch === this.#ended || wentBack(known, found)) await this.#endEpoch(found)
    else if (known === undefined) this.#reset(found, 'start')
    else if (found.epoch !== known.epoch) this.#reset(found, 'restored')
    else if (!isBefore(at, this.#freshUntil)) this.#reset(found, 'gap')
    else await this.#follow(known, found)
    this.#seen = at
    this.#freshUntil = endOf(at, this.#ports.maxAgeMs)
    this.#ports.sink.seen(this.#versions ?? found, at)
    this.#failedAt = Number.NEGATIVE_INFINITY
  }

  #reset(found: PolicyVersions, why: 'start' | 'gap' | 'restored'): void {
    this.#ports.sink.reset(found, why)
    this.#versions = found
  }

  /**
   * Starts a new epoch for a store that returned to an older state without one. That also invalidates older tokens.
   */
  async #endEpoch(found: PolicyVersions): Promise<void> {
    this.#ended = found.epoch
    this.#versions = undefined
    const epoch = await this.#ports.store.newEpoch(found.epoch)
    this.#reset({ ...found, epoch }, 'restored')
  }

  async #follow(known: PolicyVersions, found: PolicyVersions): Promise<void> {
    const versions = new Map(found.versions)
    for (const [organization, version] of found.versions) {
      const before = known.versions.get(organization) ?? 0
      if (version > before)
        versions.set(organization, await this.#apply(organization, before, version))
    }
    this.#versions = { epoch: found.epoch, versions }
  }

  /** @returns the version that is applied now, which can be later than the requested one */
  async #apply(organization: OrganizationId, before: number, version: number): Promise<number> {
    const { store, sink } = this.#ports
    const changes = await store.changesSince(organization, before)
    const last = changes.at(-1)?.version ?? before
    const isWhole = changes.every((change, n) => change.version === before + 1 + n)
    if (isWhole && last >= version) sink.changed(organization, changes)
    else sink.changedUnnamed(organization, Math.max(last, version))
    return Math.max(last, version)
  }
}

/**
 * Whether the store has returned to an older state, for example from a backup. Otherwise, versions within an epoch
 * only increase.
 */
export function wentBack(known: PolicyVersions | undefined, found: PolicyVersions): boolean {
  if (known?.epoch !== found.epoch) return false
  return [...known.versions].some(
    ([organization, version]) => (found.versions.get(organization) ?? 0) < version,
  )
}
