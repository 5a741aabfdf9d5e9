/**
 * Policy data for one decision: the data that the process holds, and the data that was loaded for the decision.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type {
  DataKind,
  Entry,
  Freshness,
  HeldKind,
  HeldSource,
  HeldSubject,
  IdOf,
  MissingSubject,
  PolicySource,
  StoredKind,
  ValueOf,
} from '../model/policy-data.ts'
import { isStoredKind, subjectOf } from '../model/subject.ts'
import type { CachedPolicy } from './cached.ts'
import type { LocalEntry } from './local.ts'
import { localKey } from './place.ts'
import { isStored } from './target.ts'

/**
 * Pins loaded data, so that the caches can't evict it before the decision is made. A pin is not returned if
 * a change has invalidated it, if it has expired, or if the store was restored.
 */
export class HeldPolicy implements PolicySource {
  readonly #cached: CachedPolicy
  readonly #organization: OrganizationId
  readonly #held: HeldSource
  readonly #pins = new Map<string, LocalEntry>()

  constructor(cached: CachedPolicy, organization: OrganizationId, held: HeldSource) {
    this.#cached = cached
    this.#organization = organization
    this.#held = held
  }

  freshness(): Freshness | undefined {
    return this.#cached.freshness(this.#organization)
  }

  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined {
    const pin = this.#pins.size > 0 ? this.#pins.get(this.#keyOf(kind, id)) : undefined
    if (pin !== undefined && this.#cached.holds(pin)) return pin as Entry<ValueOf<Kind>>
    return isStoredKind(kind)
      ? this.#cached.find(this.#organization, kind, id as IdOf<Kind & StoredKind>)
      : this.#held.find(kind as Kind & HeldKind, id as IdOf<Kind & HeldKind>)
  }

  async load(missing: readonly MissingSubject[]): Promise<void> {
    const held = missing.filter(isHeld)
    const others = missing.filter(subject => !isHeld(subject))
    await Promise.all([this.#loadStored(others), this.#loadHeld(held)])
  }

  async #loadStored(missing: readonly Exclude<MissingSubject, HeldSubject>[]): Promise<void> {
    for (const entry of await this.#cached.load(this.#organization, missing))
      this.#pins.set(entry.key, entry)
  }

  async #loadHeld(subjects: readonly HeldSubject[]): Promise<void> {
    if (subjects.length === 0) return
    const read = this.#cached.beginRead()
    const entries = await this.#held.load(subjects)
    // The age counts from the end of the load. Otherwise, data from a slow upstream would expire at once and be
    // requested repeatedly.
    const end = this.#cached.endOfAge()
    for (const [n, entry] of entries.entries()) {
      const { kind, id } = subjects[n] as HeldSubject
      const key = this.#keyOf(kind, id)
      this.#pins.set(key, { ...entry, ...read, end, key, organization: this.#organization })
    }
    if (subjects.some(({ kind }) => kind !== 'stored-items')) this.#forgetStoredItems()
  }

  /** Makes the senders of stored items the last data that is loaded, because clients can change them at any time. */
  #forgetStoredItems(): void {
    for (const key of this.#pins.keys()) if (key.startsWith('stored-items ')) this.#pins.delete(key)
  }

  #keyOf<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): string {
    if (!isStoredKind(kind)) return `${kind} ${JSON.stringify(id, briefly)}`
    return localKey(this.#organization, subjectOf(kind, id as IdOf<Kind & StoredKind>))
  }
}

const isHeld = (subject: MissingSubject): subject is HeldSubject =>
  subject.kind !== 'freshness' && !isStored(subject)

/** Writes users as ID and address only, because they can have many groups. */
const briefly = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'primarySmtpAddress' in value && 'id' in value
    ? `${value.id} ${value.primarySmtpAddress}`
    : value
