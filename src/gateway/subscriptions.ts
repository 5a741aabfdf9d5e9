/**
 * Stores the owners of the upstream's subscriptions. The upstream binds them only to the gateway's account, and
 * sends their events to every client that has the ID.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Failure } from '../model/failure.ts'
import type { OrganizationId, UserId } from '../model/identity.ts'
import type { PrincipalId } from '../model/principal.ts'
import type { FolderClass } from '../model/profile.ts'
import type { RoleId } from '../model/role.ts'
import type { SubscriptionStore } from '../store/store.ts'

/** Retention after the last use. A pull subscription expires after at most a day without use, others earlier. */
const LIFE_MS = 48 * 3_600_000

/** Minimum time between two writes of a subscription's use. */
const KEEP_MS = 3_600_000
/** Maximum number of subscriptions whose last write is remembered. */
const KEPT = 10_000

/** Maximum number of live subscriptions of a principal. */
export const MAX_LIVE = 1_000

const MINUTE_MS = 60_000
/** Minimum lifetime. A streaming subscription expires 30 minutes after a stream, which takes at most 30 minutes. */
const LEAST_LIFE_MINUTES = 60
/** Longest Timeout that Exchange allows, in minutes. */
const MAX_LIFE_MINUTES = 1_440

export type SubscriptionsPorts = Readonly<{
  store: Pick<
    SubscriptionStore,
    'putSubscription' | 'keepSubscription' | 'endSubscription' | 'countSubscriptions'
  >
  /** Returns the time in milliseconds. */
  now: () => number
  /** Called when recording a use fails. */
  failed: (error: unknown) => void
}>

/** Caller that requests events or creates a subscription. */
export type Subscriber = Readonly<{
  organizationId: OrganizationId
  roleId: RoleId
  principalId: PrincipalId
}>

/** Facts about a Subscribe request that are stored. */
export type Subscribed = Readonly<{
  userId: UserId
  /** Owners of other mailboxes that the request names; undefined if they were not determined. */
  others: readonly UserId[] | undefined
  /** Classes of folders that it can watch; undefined if they are not limited. */
  folderClasses: readonly FolderClass[] | undefined
  /** Timeout of the subscription in minutes, if it has one. */
  timeout: number | undefined
}>

export class Subscriptions {
  readonly #ports: SubscriptionsPorts
  // Limited by size, because LRUCache allocates all entries at once if it is limited by their number.
  readonly #kept = new LRUCache<string, true>({
    maxSize: KEPT,
    sizeCalculation: () => 1,
    ttl: KEEP_MS,
  })
  /** Subscribe requests in flight, by principal. */
  readonly #inFlight = new Map<PrincipalId, { count: number }>()

  constructor(ports: SubscriptionsPorts) {
    this.#ports = ports
  }

  /**
   * Counts a Subscribe before it is forwarded. Requests in flight count as successful.
   *
   * @returns function that ends the count; call it once
   * @throws Failure `over-budget` if the principal has as many live subscriptions as it can have
   */
  async enter({ organizationId, principalId }: Subscriber): Promise<() => void> {
    const requests = this.#inFlight.get(principalId) ?? { count: 0 }
    const before = requests.count
    this.#inFlight.set(principalId, requests)
    requests.count += 1
    const leave = () => {
      requests.count -= 1
      if (requests.count === 0) this.#inFlight.delete(principalId)
    }
    try {
      const live = await this.#ports.store.countSubscriptions(organizationId, principalId)
      if (live + before >= MAX_LIVE)
        throw new Failure(
          'over-budget',
          `The principal has ${live} live subscriptions, and at most ${MAX_LIVE} are allowed. Unsubscribe from some, or wait until they expire`,
        )
      return leave
    } catch (error) {
      leave()
      throw error
    }
  }

  /**
   * Stores the owner of subscriptions.
   *
   * @param subscriptionIds - IDs from the upstream
   * @throws Failure
   */
  async write(
    subscriptionIds: readonly string[],
    by: Subscriber,
    { userId, others, folderClasses, timeout = LEAST_LIFE_MINUTES }: Subscribed,
  ): Promise<void> {
    const { store, now } = this.#ports
    const minutes = Math.min(Math.max(timeout, LEAST_LIFE_MINUTES), MAX_LIFE_MINUTES)
    // Adds the interval at which uses are recorded, because the last one may be unrecorded.
    const lifeMs = minutes * MINUTE_MS + KEEP_MS
    const watched = {
      userId,
      ...(others && { others }),
      ...(folderClasses && { folderClasses }),
      lifeMs,
    }
    for (const id of subscriptionIds) {
      const expiresAt = now() + LIFE_MS
      await store.putSubscription({ ...by, ...watched, idHash: subscriptionHash(id), expiresAt })
    }
  }

  /** Keeps subscriptions that are in use. Writes each at most once an hour, and callers don't wait for it. */
  used(subscriptionIds: readonly string[], organizationId: OrganizationId): void {
    const { store, now, failed } = this.#ports
    for (const idHash of subscriptionIds.map(subscriptionHash)) {
      if (this.#kept.get(idHash)) continue
      this.#kept.set(idHash, true)
      store.keepSubscription(organizationId, idHash, now() + LIFE_MS).catch(failed)
    }
  }

  /** Records that the upstream has ended a subscription. Callers don't wait for this. */
  ended(id: string, organizationId: OrganizationId): void {
    const { store, failed } = this.#ports
    store.endSubscription(organizationId, subscriptionHash(id)).catch(failed)
  }
}

/** Returns the hash under which a subscription is stored. The hash is not enough to request its events. */
export const subscriptionHash = (id: string): string => hash('sha256', id, 'base64url')
