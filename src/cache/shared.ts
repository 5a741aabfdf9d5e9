/**
 * Entries in the shared cache (L2): reads entries that can be trusted, and writes values from the store.
 *
 * @module
 */

import { isUnderstood } from '../model/policy-shapes.ts'
import type { Cache, CachedEntry, CacheKey } from './cache.ts'
import { endElsewhere, hasEnded, type Timestamp, timestampOf } from './clock.ts'
import type { LocalEntries, LocalEntry } from './local.ts'
import { keyOf } from './place.ts'
import type { CachePorts } from './ports.ts'
import { type EntryContent, sealEntry, unsealEntry } from './sealed.ts'
import { type OwnedValue, ownedBy, type Target } from './target.ts'
import type { Watch } from './watch.ts'

/** A verified value, with its age. */
type AdmittedContent = OwnedValue & Pick<EntryContent, 'version' | 'readAt'>

type SharedPorts = CachePorts & Readonly<{ cache: Cache }>

export class SharedEntries {
  readonly #ports: SharedPorts
  readonly #local: LocalEntries
  readonly #watch: Watch

  constructor(ports: SharedPorts, local: LocalEntries, watch: Watch) {
    this.#ports = ports
    this.#local = local
    this.#watch = watch
  }

  /**
   * Reads an entry into the process. Returns undefined if the shared cache has no usable entry. Never restores a
   * value that was removed from the store.
   */
  async read(target: Target): Promise<LocalEntry | undefined> {
    if (this.#local.isGone(target.key)) return undefined
    const { clock, observer } = this.#ports
    const start = timestampOf(clock)
    const begun = this.#local.beginRead()
    const entry = await this.#ask(target.place)
    if (entry === undefined) return undefined
    const content = await this.#admit(target, entry)
    if (content !== undefined) {
      const { value, organization, version } = content
      const read = { value, organization, from: version, end: this.#endOf(start, entry, content) }
      const isOver = hasEnded(clock, read.end)
      const kept = isOver ? undefined : this.#local.keep(target.key, read, begun)
      if (kept !== undefined && !hasEnded(clock, kept.end)) {
        observer.looked('l2', 'hit')
        return kept
      }
    }
    observer.looked('l2', 'refused')
    return undefined
  }

  /**
   * Writes a value that was read from the store by a read that began at `start`. A failure is reported, but not
   * thrown.
   */
  async write(place: CacheKey, start: Timestamp, content: EntryContent): Promise<void> {
    const { cache, clock, maxAgeMs, sealer, observer } = this.#ports
    const lifeMs = Math.floor(start.elapsed + maxAgeMs - clock.elapsed())
    if (lifeMs <= 0) return
    try {
      await cache.put(place, content, sealEntry(sealer, content), lifeMs)
    } catch (error) {
      observer.failed('The shared cache', error)
    }
  }

  async #ask(place: CacheKey): Promise<CachedEntry | undefined> {
    const { cache, observer } = this.#ports
    try {
      const entry = await cache.get(place)
      if (entry === undefined) observer.looked('l2', 'miss')
      return entry
    } catch (error) {
      observer.looked('l2', 'failed')
      observer.failed('The shared cache', error)
      return undefined
    }
  }

  /** Returns undefined for an entry that is forged, outdated, not understood, or of another epoch or organization. */
  async #admit(target: Target, { sealed }: CachedEntry): Promise<AdmittedContent | undefined> {
    const content = this.#unseal(target.place, sealed)
    if (content === undefined) return undefined
    if (!isUnderstood(target.kind, content.value)) {
      this.#ports.observer.misread(target.kind)
      return undefined
    }
    const { epoch, version, readAt } = content
    const { value, organization } = ownedBy(target, content.value)
    if (value === undefined || organization === undefined) return undefined
    if (!this.#watch.isOf(epoch)) return undefined
    // Another gateway may have polled the store earlier, or the store was restored.
    await this.#watch.reach(organization, version)
    const isSeen = this.#watch.isOf(epoch) && version <= this.#watch.versionOf(organization)
    const isLatest = isSeen && this.#local.admits(target.key, organization, version)
    return isLatest ? { value, organization, version, readAt } : undefined
  }

  #unseal(place: CacheKey, sealed: Uint8Array): EntryContent | undefined {
    try {
      const content = unsealEntry(this.#ports.sealer, sealed)
      if (content !== undefined && content.key !== keyOf(place))
        throw new Error('The entry of another key')
      return content
    } catch {
      this.#ports.observer.forged('entry')
      return undefined
    }
  }

  /** Returns the earliest of the possible expiries of an entry in the shared cache. */
  #endOf(
    start: Timestamp,
    { lifeMs }: CachedEntry,
    { readAt }: Pick<EntryContent, 'readAt'>,
  ): Timestamp {
    const { maxAgeMs } = this.#ports
    const age = Math.max(0, start.now - readAt)
    const read = { now: readAt, elapsed: start.elapsed - age }
    const end = endElsewhere(read, maxAgeMs)
    return { now: end.now, elapsed: Math.min(end.elapsed, start.elapsed + lifeMs) }
  }
}
