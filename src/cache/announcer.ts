/**
 * Announces changes to other gateways: tombstones in the shared cache, and a message.
 *
 * Announcements that fail stay pending and are repeated. Until then, other gateways find the changes in the
 * store.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { PolicyChange } from '../model/subject.ts'
import type { ChangeReader, PolicyVersions } from '../store/store.ts'
import type { Cache } from './cache.ts'
import { placeOf } from './place.ts'
import { type Sealer, sealAnnouncement } from './sealed.ts'

/**
 * Maximum number of changed subjects in one announcement. If there are more, the announcement invalidates
 * everything.
 */
const SUBJECTS = 1_000

export type AnnouncerPorts = Readonly<{
  store: ChangeReader
  /** Without a shared cache, nothing is announced. */
  cache?: Cache
  sealer: Sealer
  maxAgeMs: number
}>

/** Changes of an organization that follow each other. */
type Changes = Readonly<{
  organization: OrganizationId
  changes: readonly PolicyChange[]
  last: PolicyChange
}>

export class Announcer {
  readonly #ports: AnnouncerPorts
  /** Version of each organization up to which this or another process has announced all changes. */
  #announced = new Map<OrganizationId, number>()
  readonly #pending = new Set<OrganizationId>()

  constructor(ports: AnnouncerPorts) {
    this.#ports = ports
  }

  /** Marks all changes so far as announced or too old to announce, except pending ones. */
  begin({ versions }: PolicyVersions): void {
    this.#announced = new Map(
      [...versions].filter(([organization]) => !this.#pending.has(organization)),
    )
  }

  /** Marks an organization as having changes to announce. */
  addPending(organization: OrganizationId): void {
    this.#pending.add(organization)
  }

  /** Marks changes as announced by another gateway. */
  markAnnounced(organization: OrganizationId, changes: readonly PolicyChange[]): void {
    const told = this.#announced.get(organization) ?? 0
    const [first, last] = [changes.at(0), changes.at(-1)]
    // After a gap, changes are left that no gateway has announced.
    if (first !== undefined && last !== undefined && first.version <= told + 1)
      this.#announced.set(organization, Math.max(told, last.version))
  }

  /**
   * Announces pending changes.
   *
   * @throws Error if the store or the cache fails; the changes stay pending
   */
  async announcePending(epoch: string): Promise<void> {
    for (const organization of this.#pending) {
      // Removed before the read, so that changes that become pending during the read are announced the next time.
      this.#pending.delete(organization)
      try {
        await this.#announceSince(epoch, organization)
      } catch (error) {
        this.#pending.add(organization)
        throw error
      }
    }
  }

  async #announceSince(epoch: string, organization: OrganizationId): Promise<void> {
    const { cache, store } = this.#ports
    if (cache === undefined) return
    const told = this.#announced
    const changes = await store.changesSince(organization, told.get(organization) ?? 0)
    const last = changes.at(-1)
    if (last === undefined) return
    await this.#announce(cache, epoch, { organization, changes, last })
    told.set(organization, last.version)
  }

  async #announce(
    cache: Cache,
    epoch: string,
    { organization, changes, last }: Changes,
  ): Promise<void> {
    const { sealer, maxAgeMs } = this.#ports
    const subjects = namedIn(changes)
    const isFew = subjects !== undefined && subjects.length <= SUBJECTS
    const told = isFew ? changes : [{ version: last.version, at: last.at }]
    const message = sealAnnouncement(sealer, { epoch, organization, changes: told })
    const places = isFew ? subjects.map(subject => placeOf(organization, subject)) : []
    const version = { epoch, version: last.version }
    await Promise.all([
      cache.publish(message),
      ...(places.length > 0 ? [cache.writeTombstones(places, version, maxAgeMs)] : []),
    ])
  }
}

/** Returns each changed subject once; undefined if a change doesn't name its subjects. */
function namedIn(changes: readonly PolicyChange[]) {
  if (changes.some(({ subjects }) => subjects === undefined)) return undefined
  return [...new Set(changes.flatMap(({ subjects = [] }) => subjects))]
}
