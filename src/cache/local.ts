/**
 * What one process knows (L1): values, for as long as they hold, and what was made void.
 *
 * A value is kept only if nothing made it void since its read began, and one that comes from the
 * shared cache only if it is of a version that no change has overtaken. So a late reader cannot
 * bring back what has been changed meanwhile, wherever it read.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import type { OrganizationId } from '../model/identity.ts'
import type { Entry } from '../model/policy-data.ts'
import { type Clock, hasEnded, type Timestamp } from './clock.ts'

const VALUES = 65_536

/** "There is no such …" is known of few, and a caller may make up long names: these count more. */
const ABSENCES = 10_000
const CHARACTERS = 512

/** Keys that are known to be void before some version. */
const TOMBSTONES = 10_000

/** An entry as a read gives it. */
export type ReadEntry = Entry<unknown> &
  Readonly<{
    /** End of its life. */
    end: Timestamp
    /** Organization whose changes make it void; undefined if any change does. */
    organization: OrganizationId | undefined
  }>

/** When a read began: after which invalidations, and after which other reads. */
export type ReadStart = Readonly<{ revision: number; order: number }>

/** An entry with its key, and with the start of the read that gave it. */
export type LocalEntry = ReadEntry & ReadStart & Readonly<{ key: string }>

/** A version before which something is void, and the moment at which that became known. */
type Invalidation = Readonly<{ version: number; revision: number }>

const NEVER: Invalidation = { version: 0, revision: 0 }

export class LocalEntries {
  readonly #values: LRUCache<string, LocalEntry>
  readonly #absences = new LRUCache<string, LocalEntry>({
    maxSize: ABSENCES,
    sizeCalculation: (_, key) => Math.ceil(key.length / CHARACTERS),
  })
  readonly #tombstones = new Map<string, Invalidation>()
  readonly #floors = new Map<OrganizationId, Invalidation>()
  /** The highest version of each organization that made anything void. */
  readonly #latest = new Map<OrganizationId, number>()
  #revision = 1
  #reads = 0
  #clearedAt = 0

  /** @param capacity - number of values; the least recently used go first */
  constructor(capacity = VALUES) {
    // By size, for what has a number of entries lays out all of them at once.
    this.#values = new LRUCache({ maxSize: capacity, sizeCalculation: () => 1 })
  }

  /** Grows with every invalidation. */
  get revision(): number {
    return this.#revision
  }

  /** Begins a read, whose result {@link keep} takes. */
  beginRead(): ReadStart {
    this.#reads += 1
    return { revision: this.#revision, order: this.#reads }
  }

  /** The entry under a key, if it still holds. */
  find(key: string, clock: Clock): LocalEntry | undefined {
    const entry = this.#values.get(key) ?? this.#absences.get(key)
    return entry === undefined || hasEnded(clock, entry.end) ? undefined : entry
  }

  /** The entry under a key without any effect on others, even if it has ended. */
  peek(key: string): LocalEntry | undefined {
    return this.#values.peek(key)
  }

  /** Whether an entry may still be used, though it may not be found any more. */
  holds({ key, organization, revision, end }: LocalEntry, clock: Clock): boolean {
    return this.#invalidatedAt(key, organization) <= revision && !hasEnded(clock, end)
  }

  /** Whether the store has said that there is nothing under a key, and nothing changed that since. */
  isGone(key: string): boolean {
    return this.#absences.has(key)
  }

  /**
   * Keeps what a read gave, unless it became void since the read began, or a read that began later has
   * given something already: single reads and batches of one key can overtake each other.
   *
   * @returns the entry to use: this one, or that of the later read; undefined if this one is void
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

  /** Whether nothing has overtaken a version of what is under a key, as far as is known. */
  admits(key: string, organization: OrganizationId, version: number): boolean {
    const floor = this.#floors.get(organization) ?? NEVER
    const tombstone = this.#tombstones.get(key) ?? NEVER
    return version >= floor.version && version >= tombstone.version
  }

  /** A change of this version made void what is under a key. */
  invalidate(key: string, organization: OrganizationId, version: number): void {
    this.#drop(key)
    const latest = Math.max(version, this.#latest.get(organization) ?? 0)
    this.#latest.set(organization, latest)
    this.#tombstones.set(key, this.#after(this.#tombstones.get(key), version))
    if (this.#tombstones.size > TOMBSTONES) this.#raiseFloors()
  }

  /** Everything of an organization before this version is void. */
  invalidateAll(organization: OrganizationId, version: number): void {
    const keys = [...this.#values].filter(([, entry]) => entry.organization === organization)
    for (const [key] of keys) this.#drop(key)
    this.#absences.clear()
    this.#floors.set(organization, this.#after(this.#floors.get(organization), version))
  }

  /** Nothing of before counts any more: neither values nor versions. */
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

  /** What is no organization's may be about anything that changed. */
  #invalidatedAt(key: string, organization: OrganizationId | undefined): number {
    if (organization === undefined) return this.#revision
    const tombstone = this.#tombstones.get(key) ?? NEVER
    const floor = this.#floors.get(organization) ?? NEVER
    return Math.max(this.#clearedAt, floor.revision, tombstone.revision)
  }

  /** Puts in the place of too many tombstones what is stricter than all of them. */
  #raiseFloors(): void {
    this.#tombstones.clear()
    for (const [organization, version] of this.#latest) this.invalidateAll(organization, version)
  }
}
