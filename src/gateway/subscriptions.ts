/**
 * Whose the upstream's subscriptions are. The upstream binds them to the gateway's account alone, and
 * gives their events to whoever knows the id.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { OrganizationId, UserId } from '../model/identity.ts'
import type { PrincipalId } from '../model/principal.ts'
import type { RoleId } from '../model/role.ts'
import type { Subscription } from '../model/subscription.ts'
import type { SubscriptionReader, SubscriptionStore } from '../store/store.ts'

/** A pull subscription lives for a day at most without being asked, any other for less. */
const LIFE_MS = 48 * 3_600_000

/** How often it is written down that one is in use, and of how many that is remembered. */
const KEEP_MS = 3_600_000
const KEPT = 10_000

export type SubscriptionsPorts = Readonly<{
  reader: SubscriptionReader
  store: Pick<SubscriptionStore, 'putSubscription' | 'keepSubscription'>
  /** The ids in an answer to Subscribe. @throws Failure */
  readIds: (answer: Uint8Array) => readonly string[]
  /** The time in milliseconds since the epoch. */
  now: () => number
  /** Told what kept a use from being noted. */
  failed: (error: unknown) => void
}>

/** Who asks for events, or makes a subscription. */
export type Subscriber = Readonly<{
  organizationId: OrganizationId
  roleId: RoleId
  principalId: PrincipalId
}>

export class Subscriptions {
  readonly #ports: SubscriptionsPorts
  // By size, for what has a number of entries lays out all of them at once.
  readonly #kept = new LRUCache<string, true>({
    maxSize: KEPT,
    sizeCalculation: () => 1,
    ttl: KEEP_MS,
  })

  constructor(ports: SubscriptionsPorts) {
    this.#ports = ports
  }

  /**
   * Writes down whose the subscriptions in an answer to Subscribe are.
   *
   * @throws Failure
   */
  async write(answer: Uint8Array, by: Subscriber, userId: UserId): Promise<void> {
    const { readIds, store, now } = this.#ports
    for (const id of readIds(answer)) {
      const expiresAt = now() + LIFE_MS
      await store.putSubscription({ ...by, userId, idHash: hashOf(id), expiresAt })
    }
  }

  /**
   * Whose mailboxes subscriptions watch; undefined for those that are not this principal's in this
   * role, whoever else's they are.
   *
   * @throws Failure
   */
  async ownersOf(ids: readonly string[], by: Subscriber): Promise<readonly (UserId | undefined)[]> {
    const { reader, now } = this.#ports
    const known = await reader.subscriptions(by.organizationId, ids.map(hashOf))
    return known.map(subscription => {
      if (subscription === undefined || subscription.expiresAt <= now()) return undefined
      if (!isBy(subscription, by)) return undefined
      this.#keep(subscription)
      return subscription.userId
    })
  }

  /** What is in use goes on living. Nobody waits for it. */
  #keep({ organizationId, idHash }: Subscription): void {
    const { store, now, failed } = this.#ports
    if (this.#kept.has(idHash)) return
    this.#kept.set(idHash, true)
    store.keepSubscription(organizationId, idHash, now() + LIFE_MS).catch(failed)
  }
}

const isBy = (known: Subscription, { roleId, principalId }: Subscriber): boolean =>
  known.roleId === roleId && known.principalId === principalId

/** Whoever reads the store must not get the events. */
const hashOf = (id: string): string => hash('sha256', id, 'base64url')
