/**
 * Receives events of the cache, for metrics and the log.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { StoredKind } from '../model/policy-data.ts'
import type { UnreadableObject } from '../model/unreadable.ts'

/** L1 is the process, L2 the shared cache. */
export type CacheLayer = 'l1' | 'l2' | 'store'

/** `refused`: the shared cache has an entry, but it is forged, outdated, expired, or not understood. */
export type CacheResult = 'hit' | 'miss' | 'refused' | 'failed'

export interface CacheObserver {
  looked(layer: CacheLayer, result: CacheResult): void
  /** A change was applied in this process, with this delay since it was made. */
  invalidated(delayMs: number): void
  /** Messages from other gateways have started or stopped arriving. */
  subscribed(up: boolean): void
  /** A poll of the store returned an organization's policy version at this time. */
  confirmed(organization: OrganizationId, version: number, at: number): void
  /** An entry or message in the shared cache was not written by a gateway of this store. */
  forged(what: string): void
  /** An entry of the shared cache has a valid seal, but a value that this version doesn't understand. */
  misread(kind: StoredKind): void
  /** A value was read from the store with objects that this version doesn't understand. */
  unreadable(objects: readonly UnreadableObject[]): void
  /** An operation failed and will be retried. */
  failed(what: string, error: unknown): void
  /** The store was restored or replaced by another one. */
  restored(): void
}
