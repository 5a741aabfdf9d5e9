/**
 * Watches where the store stands: its epoch, and every organization's policy version.
 *
 * Whatever is known besides is as good as the last look: every change up to that version has been
 * carried out then. A message only makes the next look come sooner.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { PolicyChange } from '../model/subject.ts'
import type { ChangeReader, EpochStore, PolicyVersions } from '../store/store.ts'
import { type Clock, endOf, hasEnded, isBefore, type Timestamp, timestampOf } from './clock.ts'

/** After a look that failed, nobody who waits makes another one for so long. */
const BACKOFF_MS = 1_000

/** Carries out what a look has found. */
export interface ChangeSink {
  /** These changes, one after the other. */
  changed(organization: OrganizationId, changes: readonly PolicyChange[]): void
  /** Changes that nobody can name any more, up to this version. */
  changedUnnamed(organization: OrganizationId, version: number): void
  /** Nothing of before counts any more: the store is another one, or was not seen for too long. */
  reset(policyVersions: PolicyVersions, why: 'start' | 'gap' | 'restored'): void
  /** All that was made until then is carried out. */
  seen(policyVersions: PolicyVersions, at: Timestamp): void
}

export type WatchPorts = Readonly<{
  store: ChangeReader & EpochStore
  clock: Clock
  maxAgeMs: number
  sink: ChangeSink
}>

/** Nothing that is known may be used any more. */
const unseen = (cause?: unknown) =>
  new Failure('policy-unavailable', 'The store has not been seen for too long', { cause })

export class Watch {
  readonly #ports: WatchPorts
  #versions: PolicyVersions | undefined
  /** The epoch of a store that went back: whatever is found under it is void. */
  #ended: string | undefined
  #seen: Timestamp = { now: 0, elapsed: 0 }
  /** Until when that look is fresh enough. */
  #freshUntil: Timestamp = { now: 0, elapsed: 0 }
  #failedAt = Number.NEGATIVE_INFINITY
  #polling: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(ports: WatchPorts) {
    this.#ports = ports
  }

  /**
   * Where the store stood when it was last seen, and when that was.
   *
   * @throws Failure `policy-unavailable` before the first look, and when the last one is too old
   */
  get policyVersions(): PolicyVersions {
    if (this.#versions === undefined || !this.isFresh) throw unseen()
    return this.#versions
  }

  /** When the look began that everything held is at least as current as. */
  get seen(): Timestamp {
    return this.#seen
  }

  get isFresh(): boolean {
    return this.#versions !== undefined && !hasEnded(this.#ports.clock, this.#freshUntil)
  }

  /** Whether an epoch is the one that was last seen. */
  isOf(epoch: string): boolean {
    return this.#versions?.epoch === epoch
  }

  /** The version that an organization was last seen at. */
  versionOf(organization: OrganizationId): number {
    return this.#versions?.versions.get(organization) ?? 0
  }

  /**
   * Looks where that is needed.
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
   * Looks, unless this version has been seen already: somebody else has seen it.
   *
   * @throws Failure `policy-unavailable`
   */
  async reach(organization: OrganizationId, version: number): Promise<void> {
    if (this.versionOf(organization) < version) await this.poll()
  }

  /**
   * Looks now: the look begins after this call, and is shared by all who call before it begins.
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

  /** A store that went back without another epoch gets one: tokens of before are void too. */
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
        versions.set(organization, await this.#carryOut(organization, before, version))
    }
    this.#versions = { epoch: found.epoch, versions }
  }

  /** @returns the version that is carried out now, maybe a later one */
  async #carryOut(organization: OrganizationId, before: number, version: number): Promise<number> {
    const { store, sink } = this.#ports
    const changes = await store.changesSince(organization, before)
    const last = changes.at(-1)?.version ?? 0
    const isWhole = changes.every((change, n) => change.version === before + 1 + n)
    if (isWhole && last >= version) sink.changed(organization, changes)
    else sink.changedUnnamed(organization, Math.max(last, version))
    return Math.max(last, version)
  }
}

/** Versions of an epoch only rise, unless the store is an older one. */
export function wentBack(known: PolicyVersions | undefined, found: PolicyVersions): boolean {
  if (known?.epoch !== found.epoch) return false
  return [...known.versions].some(
    ([organization, version]) => (found.versions.get(organization) ?? 0) < version,
  )
}
