/**
 * Receives events of the cache, for metrics and the log.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'

/** L1 is the process, L2 the shared cache. */
export type CacheLayer = 'l1' | 'l2' | 'store'

/** `refused`: found, but forged, outdated, or expired. */
export type CacheResult = 'hit' | 'miss' | 'refused' | 'failed'

export interface CacheObserver {
  looked(layer: CacheLayer, result: CacheResult): void
  /** A change was applied here, this long after it was made. */
  invalidated(delayMs: number): void
  /** Whether messages arrive has changed. */
  subscribed(up: boolean): void
  /** The store confirmed an organization's policy version at this time. */
  confirmed(organization: OrganizationId, version: number, at: number): void
  /** An entry or message was written without the key. */
  forged(what: string): void
  /** An operation failed that is repeated. */
  failed(what: string, error: unknown): void
  /** The store was restored, or replaced by another one. */
  restored(): void
}
