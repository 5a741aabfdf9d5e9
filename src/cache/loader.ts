/**
 * Loads policy data that the process does not hold: from the shared cache if that can be trusted, otherwise
 * from one snapshot of the store.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { ValueOf } from '../model/policy-data.ts'
import { type UnreadableObject, unreadableIn } from '../model/unreadable.ts'
import type { PolicyVersions } from '../store/store.ts'
import { endOf, hasEnded, type Timestamp, timestampOf } from './clock.ts'
import type { LocalEntries, LocalEntry, ReadStart } from './local.ts'
import { ANY, keyOf } from './place.ts'
import type { CachePorts } from './ports.ts'
import { SharedEntries } from './shared.ts'
import { ownedBy, type StoredSubject, type Target, targetOf } from './target.ts'
import { type Watch, wentBack } from './watch.ts'

/** Maximum age of an entry that says that something doesn't exist. */
const ABSENCE_MS = 5_000

/** Maximum number of reads of one load. Changes during a read make another one necessary. */
const ATTEMPTS = 5

type Targets = ReadonlyMap<string, Target>

/** Versions of a snapshot of the store, and values by key. */
type SnapshotValues = Readonly<{
  policyVersions: PolicyVersions
  values: ReadonlyMap<string, unknown>
}>

type StoreRead = Readonly<{ start: Timestamp; begun: ReadStart; policyVersions: PolicyVersions }>

export class Loader {
  readonly #ports: CachePorts
  readonly #local: LocalEntries
  readonly #watch: Watch
  readonly #shared: SharedEntries | undefined
  readonly #loading = new Map<string, Promise<LocalEntry>>()

  constructor(ports: CachePorts, local: LocalEntries, watch: Watch) {
    this.#ports = ports
    this.#local = local
    this.#watch = watch
    const { cache } = ports
    this.#shared = cache && new SharedEntries({ ...ports, cache }, local, watch)
  }

  /**
   * Returns the entry of each subject, in their order. Concurrent calls share the load of a subject. If a subject
   * is invalidated during the load, it is read again.
   *
   * @throws Failure `policy-unavailable`
   */
  async load(
    organization: OrganizationId,
    subjects: readonly StoredSubject[],
  ): Promise<readonly LocalEntry[]> {
    const targets = subjects.map(subject => targetOf(organization, subject))
    const others = targets.filter(({ key }) => !this.#loading.has(key))
    // Skipped without subjects, because a failed read would be an unhandled rejection.
    if (others.length > 0) this.#begin(new Map(others.map(target => [target.key, target])))
    return await Promise.all(
      targets.map(({ key }) => this.#loading.get(key) as Promise<LocalEntry>),
    )
  }

  /**
   * Reads targets again, even if their current entries are still valid.
   *
   * @param isFresh - whether an entry of the shared cache is new enough
   * @throws Failure `policy-unavailable`
   */
  async refresh(
    targets: readonly Target[],
    isFresh: (entry: LocalEntry) => boolean,
  ): Promise<void> {
    const others = targets.filter(({ key }) => !this.#loading.has(key))
    if (others.length > 0) this.#begin(new Map(others.map(target => [target.key, target])), isFresh)
    await Promise.all(targets.map(({ key }) => this.#loading.get(key)))
  }

  #begin(targets: Targets, isFresh: (entry: LocalEntry) => boolean = () => true): void {
    const read = this.#readAll(targets, isFresh)
    for (const key of targets.keys()) {
      const entry = read.then(entries => entries.get(key) as LocalEntry)
      this.#loading.set(
        key,
        entry.finally(() => this.#loading.delete(key)),
      )
    }
  }

  async #readAll(
    targets: Targets,
    isFresh: (entry: LocalEntry) => boolean,
  ): Promise<ReadonlyMap<string, LocalEntry>> {
    const entries = new Map<string, LocalEntry>()
    let missing = targets
    for (let attempt = 0; missing.size > 0; attempt += 1) {
      if (attempt === ATTEMPTS)
        throw new Failure('policy-unavailable', 'The policy changes too fast to be read. Try again')
      await this.#readShared(missing, entries, isFresh)
      await this.#readStore(this.#without(entries, missing), entries)
      missing = this.#without(entries, targets)
    }
    if (!this.#watch.isFresh)
      throw new Failure('policy-unavailable', 'No poll of the store has succeeded for too long')
    return entries
  }

  /** Returns the targets whose entry is missing or no longer valid. */
  #without(entries: ReadonlyMap<string, LocalEntry>, targets: Targets): Targets {
    const isMissing = ([key]: readonly [string, Target]) => {
      const entry = entries.get(key)
      return entry === undefined || !this.#local.holds(entry, this.#ports.clock)
    }
    return new Map([...targets].filter(isMissing))
  }

  async #readShared(
    targets: Targets,
    entries: Map<string, LocalEntry>,
    isFresh: (entry: LocalEntry) => boolean,
  ): Promise<void> {
    const shared = this.#shared
    if (shared === undefined) return
    const read = async (target: Target) => {
      const entry = await shared.read(target)
      if (entry !== undefined && isFresh(entry)) entries.set(target.key, entry)
    }
    await Promise.all(singlesOf(targets).map(read))
  }

  /**
   * Reads targets from the store. Skips entries that were invalidated during the read, and all entries if the read
   * took too long.
   */
  async #readStore(targets: Targets, entries: Map<string, LocalEntry>): Promise<void> {
    if (targets.size === 0) return
    const { clock, maxAgeMs } = this.#ports
    const start = timestampOf(clock)
    const begun = this.#local.beginRead()
    const seen = this.#watch.policyVersions
    const { policyVersions, values } = await this.#snapshot(targets)
    if (hasEnded(clock, endOf(start, maxAgeMs))) return
    // If the store was restored since the last poll, these values don't fit older ones.
    if (policyVersions.epoch !== seen.epoch || wentBack(seen, policyVersions))
      return await this.#watch.poll()
    const singles = new Set(singlesOf(targets))
    const read = { start, begun, policyVersions }
    for (const target of targets.values()) {
      const value = values.get(target.key)
      const unreadable = this.#unreadableIn(target, value)
      const kept = this.#keep(target, value, read)
      if (kept === undefined) continue
      entries.set(target.key, kept)
      const isShared = kept.order === begun.order && singles.has(target) && unreadable.length === 0
      if (isShared) this.#share(target, kept, read)
    }
  }

  /** Returns the objects of a value that are not understood, and reports them. Other gateways read them by themselves. */
  #unreadableIn(target: Target, value: unknown): readonly UnreadableObject[] {
    const { organization = target.organization } = ownedBy(target, value)
    const { kind } = target
    const objects =
      value === undefined ? [] : unreadableIn(organization, kind, value as ValueOf<typeof kind>)
    if (objects.length > 0) this.#ports.observer.unreadable(objects)
    return objects
  }

  #keep(target: Target, value: unknown, { start, begun, policyVersions }: StoreRead) {
    const { maxAgeMs } = this.#ports
    const owned = ownedBy(target, value)
    const from = policyVersions.versions.get(owned.organization ?? ANY) ?? 0
    const lifeMs = owned.value === undefined ? Math.min(ABSENCE_MS, maxAgeMs) : maxAgeMs
    return this.#local.keep(target.key, { ...owned, from, end: endOf(start, lifeMs) }, begun)
  }

  async #snapshot(targets: Targets): Promise<SnapshotValues> {
    const { store, observer } = this.#ports
    try {
      const read = await store.snapshot(async ({ policyVersions, values }) => {
        const found = new Map<string, unknown>()
        for (const [kind, some] of byKind(targets)) {
          const ids = some.map(({ id }) => id)
          const read = await values((some[0] as Target).organization, kind, ids)
          for (const [n, { key }] of some.entries()) found.set(key, read[n])
        }
        return { policyVersions, values: found }
      })
      for (const value of read.values.values())
        observer.looked('store', value === undefined ? 'miss' : 'hit')
      return read
    } catch (error) {
      observer.looked('store', 'failed')
      throw error
    }
  }

  /** Writes an entry to the shared cache for other gateways. Not awaited. */
  #share(
    { place }: Target,
    entry: LocalEntry,
    { start, policyVersions: { epoch } }: StoreRead,
  ): void {
    const { value, from } = entry
    if (value === undefined) return
    const content = { key: keyOf(place), epoch, version: from, readAt: start.now, value }
    void this.#shared?.write(place, start, content)
  }
}

const byKind = (targets: Targets) => Map.groupBy(targets.values(), ({ kind }) => kind)

/**
 * Returns targets that are the only ones of their kind. Others are read from the store, because many requests to
 * the shared cache cost more than one query.
 */
const singlesOf = (targets: Targets): readonly Target[] =>
  [...byKind(targets).values()].filter(some => some.length === 1).flat()
