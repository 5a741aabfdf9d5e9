/**
 * Reads what the process does not know: from the shared cache where that can be trusted, else from
 * the store.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { Cache, CachedEntry, CacheKey } from './cache.ts'
import { type Clock, endElsewhere, endOf, isBefore, type Moment, momentOf } from './clock.ts'
import type { LocalKnowledge } from './local.ts'
import type { CacheObserver } from './observer.ts'
import { keyOf } from './place.ts'
import { type EntryContent, type Sealer, sealEntry, unsealEntry } from './sealed.ts'
import type { Watch } from './watch.ts'

/** How long "there is no such …" holds. */
export const ABSENCE_MS = 5_000

/** How often a read begins anew because of changes meanwhile. */
export const ATTEMPTS = 5

/** Something that can be known. */
export type Wanted<T> = Readonly<{
  place: CacheKey
  /** Whose changes make it void; undefined where only the value tells. */
  organization: OrganizationId | undefined
  organizationOf: (value: T) => OrganizationId
  load: () => Promise<T | undefined>
}>

export type FetchPorts = Readonly<{
  cache: Cache
  sealer: Sealer
  clock: Clock
  maxAgeMs: number
  observer: CacheObserver
}>

type Found<T> = Readonly<{ value: T }>

export class Fetch {
  readonly #ports: FetchPorts
  readonly #local: LocalKnowledge
  readonly #watch: Watch
  readonly #underway = new Map<string, Promise<unknown>>()

  constructor(ports: FetchPorts, local: LocalKnowledge, watch: Watch) {
    this.#ports = ports
    this.#local = local
    this.#watch = watch
  }

  /**
   * The value, from where it lies. One read for all who ask meanwhile: it begins anew when its
   * answer becomes void before it has come.
   *
   * @throws Failure `policy-unavailable`
   */
  async fetch<T>(key: string, wanted: Wanted<T>): Promise<T | undefined> {
    const underway = this.#underway.get(key)
    if (underway !== undefined) return (await underway) as T | undefined
    const read = this.#read(key, wanted).finally(() => this.#underway.delete(key))
    this.#underway.set(key, read)
    return await read
  }

  async #read<T>(key: string, wanted: Wanted<T>): Promise<T | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = (await this.#fromCache(key, wanted)) ?? (await this.#fromStore(key, wanted))
      if (found) return found.value
    }
    throw new Failure('policy-unavailable', 'The policy changes faster than it can be read')
  }

  /**
   * Undefined where the shared cache has nothing that may be used: nor can it bring back what the
   * store has said is gone.
   */
  async #fromCache<T>(key: string, wanted: Wanted<T>): Promise<Found<T> | undefined> {
    if (this.#local.isGone(key)) return undefined
    const { clock, observer } = this.#ports
    const start = momentOf(clock)
    const begun = this.#local.beginRead()
    const entry = await this.#ask(wanted.place)
    if (entry === undefined) return undefined
    const content = await this.#admit(wanted, entry)
    if (content !== undefined) {
      const value = content.value as T
      const end = this.#endOf(start, entry, content)
      const read = { value, end, organization: wanted.organizationOf(value) }
      const kept = isBefore(momentOf(clock), end) ? this.#local.keep(key, read, begun) : undefined
      if (kept !== undefined && isBefore(momentOf(clock), kept.end)) {
        observer.looked('l2', 'hit')
        return { value: kept.value as T }
      }
    }
    observer.looked('l2', 'refused')
    return undefined
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

  /** What an entry holds, unless it is forged, of another epoch, too old or overtaken. */
  async #admit<T>(
    { place, organizationOf }: Wanted<T>,
    { sealed }: CachedEntry,
  ): Promise<EntryContent | undefined> {
    const content = this.#unseal(place, sealed)
    if (content === undefined) return undefined
    const organization = organizationOf(content.value as T)
    const { epoch, version } = content
    if (!this.#watch.isOf(epoch)) return undefined
    // Of a version that this process has not seen: somebody was quicker, or the store was restored.
    await this.#watch.reach(organization, version)
    const isSeen = this.#watch.isOf(epoch) && version <= this.#watch.versionOf(organization)
    return isSeen && this.#local.admits(keyOf(place), organization, version) ? content : undefined
  }

  #unseal(place: CacheKey, sealed: Uint8Array): EntryContent | undefined {
    try {
      const content = unsealEntry(this.#ports.sealer, sealed)
      if (content !== undefined && content.key !== keyOf(place))
        throw new Error('An entry lies in the place of another')
      return content
    } catch {
      this.#ports.observer.forged('entry')
      return undefined
    }
  }

  /** The earliest of all ends that an entry of the shared cache has. */
  #endOf(start: Moment, { lifeMs }: CachedEntry, { readAt }: EntryContent): Moment {
    const { maxAgeMs } = this.#ports
    const age = Math.max(0, start.now - readAt)
    const read = { now: readAt, elapsed: start.elapsed - age }
    const end = endElsewhere(read, maxAgeMs)
    return { now: end.now, elapsed: Math.min(end.elapsed, start.elapsed + lifeMs) }
  }

  /** Undefined where a change has come between, or the answer is too old when it comes. */
  async #fromStore<T>(key: string, wanted: Wanted<T>): Promise<Found<T | undefined> | undefined> {
    const { clock, maxAgeMs } = this.#ports
    const start = momentOf(clock)
    const begun = this.#local.beginRead()
    const { epoch, versions } = this.#watch.standings
    const value = await this.#load(wanted)
    if (!isBefore(momentOf(clock), endOf(start, maxAgeMs))) return undefined
    const organization = value === undefined ? wanted.organization : wanted.organizationOf(value)
    const end = endOf(start, value === undefined ? Math.min(ABSENCE_MS, maxAgeMs) : maxAgeMs)
    const read = { value, end, organization }
    const kept = this.#local.keep(key, read, begun)
    if (kept === undefined || !isBefore(momentOf(clock), kept.end)) return undefined
    if (kept !== read) return { value: kept.value as T | undefined }
    if (value !== undefined && organization !== undefined) {
      const version = versions.get(organization) ?? 0
      void this.#share(wanted.place, start, { key, epoch, version, readAt: start.now, value })
    }
    return { value }
  }

  async #load<T>({ load }: Wanted<T>): Promise<T | undefined> {
    const { observer } = this.#ports
    try {
      const value = await load()
      observer.looked('store', value === undefined ? 'miss' : 'hit')
      return value
    } catch (error) {
      observer.looked('store', 'failed')
      throw error
    }
  }

  /** Nobody waits for it. */
  async #share(place: CacheKey, start: Moment, content: EntryContent): Promise<void> {
    const { cache, clock, maxAgeMs, sealer, observer } = this.#ports
    const lifeMs = Math.floor(start.elapsed + maxAgeMs - clock.elapsed())
    if (lifeMs <= 0) return
    try {
      await cache.put(place, content, sealEntry(sealer, content), lifeMs)
    } catch (error) {
      observer.failed('The shared cache', error)
    }
  }
}
