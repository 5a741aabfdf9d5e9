/**
 * Applies policy changes to the data in the process: invalidates entries and notifies listeners.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { PolicyChange } from '../model/subject.ts'
import type { PolicyVersions } from '../store/store.ts'
import type { Announcer } from './announcer.ts'
import type { Timestamp } from './clock.ts'
import type { LocalEntries } from './local.ts'
import { localKeysOf } from './place.ts'
import type { CachePorts } from './ports.ts'
import type { ChangeSink } from './watch.ts'

/**
 * Called with the organization whose policy changed; undefined if the policy of any organization may have changed, or
 * the store can't be read in time.
 */
export type ChangeListener = (organization: OrganizationId | undefined) => void

export class Invalidator implements ChangeSink {
  readonly #ports: Pick<CachePorts, 'clock' | 'observer'>
  readonly #local: LocalEntries
  readonly #announcer: Announcer
  /** The latest applied version of each organization, from messages and polls. */
  readonly #applied = new Map<OrganizationId, number>()
  readonly #listeners = new Set<ChangeListener>()

  constructor(
    ports: Pick<CachePorts, 'clock' | 'observer'>,
    local: LocalEntries,
    announcer: Announcer,
  ) {
    this.#ports = ports
    this.#local = local
    this.#announcer = announcer
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.add(listener)
  }

  /** Notifies every listener, including about changes that were applied elsewhere. */
  tell(organization: OrganizationId | undefined): void {
    for (const listener of this.#listeners) listener(organization)
  }

  changed(organization: OrganizationId, changes: readonly PolicyChange[]): void {
    for (const change of changes) this.#apply(organization, change)
    this.tell(organization)
  }

  changedUnnamed(organization: OrganizationId, version: number): void {
    this.#local.invalidateAll(organization, version)
    this.tell(organization)
  }

  reset(policyVersions: PolicyVersions, why: 'start' | 'gap' | 'restored'): void {
    this.#local.clear()
    this.#applied.clear()
    this.#announcer.begin(policyVersions)
    for (const [organization, version] of policyVersions.versions)
      this.#local.invalidateAll(organization, version)
    if (why === 'restored') this.#ports.observer.restored()
    this.tell(undefined)
  }

  seen({ versions }: PolicyVersions, { now }: Timestamp): void {
    for (const [organization, version] of versions)
      this.#ports.observer.confirmed(organization, version, now)
  }

  #apply(organization: OrganizationId, { version, subjects, at }: PolicyChange): void {
    if (subjects === undefined) this.#local.invalidateAll(organization, version)
    for (const subject of subjects ?? [])
      for (const key of localKeysOf(organization, subject))
        this.#local.invalidate(key, organization, version)
    if (version <= (this.#applied.get(organization) ?? 0)) return
    this.#applied.set(organization, version)
    this.#ports.observer.invalidated(Math.max(0, this.#ports.clock.now() - at))
  }
}
