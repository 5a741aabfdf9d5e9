/**
 * Data of one process (L1): values until they expire, and invalidations. A value is stored only if it was not
 * invalidated since its read began. A value from the shared cache is stored only if no later change is known,
 * either. So a slow read can't restore outdated data, whatever its source.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { OrganizationId } from '../model/identity.ts'
import type { Entry } from '../model/policy-data.ts'
import { type Clock, hasEnded, type Timestamp } from './clock.ts'

const VALUES = 65_536

/**
 * Limits for entries that say that something doesn't exist. Callers can invent such names, so longer names count
 * more.
 */
const ABSENCES = 10_000
const CHARACTERS = 512

/** Maximum number of keys that are invalidated individually. */
const TOMBSTONES = 10_000

/** An entry as it was read. */
export type ReadEntry = Entry<unknown> &
  Readonly<{
    /** Time from which the entry must not be used. */
    end: Timestamp
    /** Organization whose changes invalidate it; undefined if any change does. */
    organization: OrganizationId | undefined
  }>

/** Start of a read, in the order of invalidations and other reads. */
export type ReadStart = Readonly<{ revision: number; order: number }>

/** An entry with its key, and with the start of its read. */
export type LocalEntry = ReadEntry & ReadStart & Readonly<{ key: string }>

/** An invalidation of everything before a version, and the revision at which the process received it. */
type Invalidation = Readonly<{ version: number; revision: number }>

const NEVER: Invalidation = {
  version: Number.NEGATIVE_INFINITY,
  revision: Number.NEGATIVE_INFINITY,
}

export class LocalEntries {
  readonly #values: LRUCache<string, LocalEntry>
  readonly #absences = new LRUCache<string, LocalEntry>({
    maxSize: ABSENCES,
    sizeCalculation: (_, key) => Math.ceil(key.length / CHARACTERS),
  })
  readonly #tombstones = new Map<string, Invalidation>()
  readonly #floors = new Map<OrganizationId, Invalidation>()
  /** The highest version of each organization for which anything was invalidated. */
  readonly #latest = new Map<OrganizationId, number>()
  #revision = 1
  #reads = 0
  #clearedAt = NEVER.revision

  /** @param capacity - maximum number of values; the least recently used are dropped first */
  constructor(capacity = VALUES) {
    // Limited by size, because with a maximum number the cache would allocate all entries at once.
    this.#values = new LRUCache({ maxSize: capacity, sizeCalculation: () => 1 })
  }

  /** Number that increases with every invalidation. */
  get revision(): number {
    return this.#revision
  }

  /** Returns the start of a read, which {@link keep} needs afterwards. */
  beginRead(): ReadStart {
    this.#reads += 1
    return { revision: this.#revision, order: this.#reads }
  }

  /** Returns the entry of a key, if it has not expired. */
  find(key: string, clock: Clock): LocalEntry | undefined {
    const entry = this.#values.get(key) ?? this.#absences.get(key)
    return entry === undefined || hasEnded(clock, entry.end) ? undefined : entry
  }

  /** Returns the entry of a key, even if it has expired, without counting as a use of it. */
  peek(key: string): LocalEntry | undefined {
    return this.#values.peek(key)
  }

  /** Whether an entry can still be used, even if the cache no longer holds it. */
  holds({ key, organization, revision, end }: LocalEntry, clock: Clock): boolean {
    return this.#invalidatedAt(key, organization) <= revision && !hasEnded(clock, end)
  }

  /** Whether the store is known to have no value for a key. */
  isGone(key: string): boolean {
    return this.#absences.has(key)
  }

  /**
   * Stores an entry, unless it was invalidated since its read began, or a later read has already stored the key.
   * Reads can finish in any order.
   *
   * @returns the entry to use: this one, or that of the later read; undefined if this one was invalidated
   */
  keep(key: string, entry: ReadEntry, { revision, order }: ReadStart): LocalEntry | undefined {
    if (this.#invalidatedAt(key, entry.organization) > revision) return undefined
    const known = this.#values.get(key) ?? this.#absences.get(key)
    if (known !== undefined && known.order > order) return known
    this.#drop(key)
    const entries = entry.value === undefined ? this.#absences : this.#values
    const kept = { ...entry, key, revision, order }
    entries.set(key, kept)
    return kept
  }

  /** Whether no change later than a version is known for a key. */
  admits(key: string, organization: OrganizationId, version: number): boolean {
    const floor = this.#floors.get(organization) ?? NEVER
    const tombstone = this.#tombstones.get(key) ?? NEVER
    return version >= floor.version && version >= tombstone.version
  }

  /** Invalidates a key, because of a change with this version. */
  invalidate(key: string, organization: OrganizationId, version: number): void {
    this.#drop(key)
    const latest = Math.max(version, this.#latest.get(organization) ?? version)
    this.#latest.set(organization, latest)
    this.#tombstones.set(key, this.#after(this.#tombstones.get(key), version))
    if (this.#tombstones.size > TOMBSTONES) this.#raiseFloors()
  }

  /** Invalidates all entries of an organization that are older than this version. */
  invalidateAll(organization: OrganizationId, version: number): void {
    const keys = [...this.#values].filter(([, entry]) => entry.organization === organization)
    for (const [key] of keys) this.#drop(key)
    this.#absences.clear()
    this.#floors.set(organization, this.#after(this.#floors.get(organization), version))
  }

  /** Removes all values and versions. */
  clear(): void {
    this.#values.clear()
    this.#absences.clear()
    this.#tombstones.clear()
    this.#floors.clear()
    this.#latest.clear()
    this.#revision += 1
    this.#clearedAt = this.#revision
  }

  #drop(key: string): void {
    this.#values.delete(key)
    this.#absences.delete(key)
  }

  #after(before: Invalidation = NEVER, version: number): Invalidation {
    this.#revision += 1
    return { version: Math.max(version, before.version), revision: this.#revision }
  }

  /**
   * Returns the revision of the last invalidation. An entry without an organization is invalidated by any
   * change.
   */
  #invalidatedAt(key: string, organization: OrganizationId | undefined): number {
    if (organization === undefined) return this.#revision
    const tombstone = this.#tombstones.get(key) ?? NEVER
    const floor = this.#floors.get(organization) ?? NEVER
    return Math.max(this.#clearedAt, floor.revision, tombstone.revision)
  }

  /** Replaces too many individual invalidations by one for each organization, which covers all of them. */
  #raiseFloors(): void {
    this.#tombstones.clear()
    for (const [organization, version] of this.#latest) this.invalidateAll(organization, version)
  }
}
