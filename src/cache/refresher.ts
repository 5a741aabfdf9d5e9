/**
 * Refreshes policy data in use before it reaches half of its maximum age.
 *
 * So if the store stops responding, all data in use stays valid for at least half of the maximum age.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { IdOf, StoredKind } from '../model/policy-data.ts'
import { hasEnded, type Timestamp } from './clock.ts'
import type { Loader } from './loader.ts'
import type { LocalEntries, LocalEntry } from './local.ts'
import type { CachePorts } from './ports.ts'
import { type StoredSubject, targetOf } from './target.ts'

/** Interval at which data is refreshed. */
export const REFRESH_MS = 1_000

/** Time before half the maximum age at which an entry is refreshed: one interval, and time for the reads. */
const EARLY_MS = 2 * REFRESH_MS

/** Number of entries that are read at once. */
const BATCH = 200

type Used = Readonly<{ organization: OrganizationId; subject: StoredSubject; entry: LocalEntry }>

export class Refresher {
  readonly #ports: CachePorts
  readonly #local: LocalEntries
  readonly #loader: Loader
  /** Entries that were used since they were read, by key. */
  readonly #used = new Map<string, Used>()
  #isRefreshing = false

  constructor(ports: CachePorts, local: LocalEntries, loader: Loader) {
    this.#ports = ports
    this.#local = local
    this.#loader = loader
  }

  /**
   * Records the use of an entry. Entries for things that don't exist are not refreshed, because they are
   * kept only for seconds.
   */
  used<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
    entry: LocalEntry,
  ): void {
    if (entry.value === undefined || this.#used.get(entry.key)?.entry === entry) return
    const subject = { kind, id } as StoredSubject
    this.#used.set(entry.key, { organization, subject, entry })
  }

  /** Reads all entries that are due. Stops at a failure, and reads the others the next time. */
  async refresh(): Promise<void> {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    try {
      for (const [organization, due] of Map.groupBy(this.#due(), used => used.organization))
        for (let at = 0; at < due.length; at += BATCH)
          await this.#read(organization, due.slice(at, at + BATCH))
    } finally {
      this.#isRefreshing = false
    }
  }

  async #read(organization: OrganizationId, batch: readonly Used[]): Promise<void> {
    const targets = batch.map(({ subject }) => targetOf(organization, subject))
    await this.#loader.refresh(targets, ({ end }) => !this.#isDue(end))
    for (const { entry } of batch)
      if (this.#used.get(entry.key)?.entry === entry) this.#used.delete(entry.key)
  }

  /** Returns the entries that are due. Removes entries that the process no longer holds or has read again. */
  #due(): readonly Used[] {
    const due: Used[] = []
    for (const [key, used] of this.#used) {
      // Compares the entries themselves, because a read of the shared cache can have replaced one by another of the
      // same age.
      const entry = this.#local.peek(key)
      const isHeld = entry !== undefined && !hasEnded(this.#ports.clock, entry.end)
      if (isHeld && this.#isDue(entry.end)) due.push(used)
      else if (!isHeld || entry !== used.entry) this.#used.delete(key)
    }
    return due
  }

  #isDue({ now, elapsed }: Timestamp): boolean {
    const beforeEndMs = this.#ports.maxAgeMs / 2 + EARLY_MS
    return hasEnded(this.#ports.clock, { now: now - beforeEndMs, elapsed: elapsed - beforeEndMs })
  }
}
