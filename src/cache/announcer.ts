/**
 * Tells other gateways of changes: tombstones in the shared cache, and a message.
 *
 * What could not be told is owed, and told later; until then the others find it in the store.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { PolicyChange } from '../model/subject.ts'
import type { ChangeReader, PolicyVersions } from '../store/store.ts'
import type { Cache } from './cache.ts'
import { placeOf } from './place.ts'
import { type Sealer, sealAnnouncement } from './sealed.ts'

/** Subjects that are named to others; more are told as "all". */
const SUBJECTS = 1_000

export type AnnouncerPorts = Readonly<{
  store: ChangeReader
  cache: Cache
  sealer: Sealer
  maxAgeMs: number
}>

export class Announcer {
  readonly #ports: AnnouncerPorts
  /** Up to which version all has been told, by this process or whoever made it. */
  #announced = new Map<OrganizationId, number>()
  readonly #pending = new Set<OrganizationId>()

  constructor(ports: AnnouncerPorts) {
    this.#ports = ports
  }

  /** All that was made until now has been told, or is no longer worth it, but for what is owed. */
  begin({ versions }: PolicyVersions): void {
    this.#announced = new Map(
      [...versions].filter(([organization]) => !this.#pending.has(organization)),
    )
  }

  /** There may be changes in an organization that nobody was told of. */
  addPending(organization: OrganizationId): void {
    this.#pending.add(organization)
  }

  /** Somebody else has told of these, so that they need not be told again. */
  markAnnounced(organization: OrganizationId, changes: readonly PolicyChange[]): void {
    const told = this.#announced.get(organization) ?? 0
    const [first, last] = [changes.at(0), changes.at(-1)]
    if (first !== undefined && last !== undefined && first.version <= told + 1)
      this.#announced.set(organization, Math.max(told, last.version))
  }

  /**
   * Tells what is owed.
   *
   * @throws Error where the store or the cache fails: what is owed stays so
   */
  async announcePending(epoch: string): Promise<void> {
    for (const organization of this.#pending) {
      // Before it reads: what is owed from now on may be later than that.
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
    const told = this.#announced
    const changes = await this.#ports.store.changesSince(organization, told.get(organization) ?? 0)
    const last = changes.at(-1)
    if (last === undefined) return
    await this.#announce(epoch, organization, changes, last)
    told.set(organization, last.version)
  }

  async #announce(
    epoch: string,
    organization: OrganizationId,
    changes: readonly PolicyChange[],
    last: PolicyChange,
  ): Promise<void> {
    const { cache, sealer, maxAgeMs } = this.#ports
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

/** Each subject once; undefined where a change does not name its own. */
function namedIn(changes: readonly PolicyChange[]) {
  if (changes.some(({ subjects }) => subjects === undefined)) return undefined
  return [...new Set(changes.flatMap(({ subjects = [] }) => subjects))]
}
