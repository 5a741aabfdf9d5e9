/**
 * What is told of the cache's work, for metrics and the log.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'

/** L1 is the process, L2 the shared cache. */
export type CacheLayer = 'l1' | 'l2' | 'store'

/** `refused`: found, but forged, overtaken by a change or too old. */
export type CacheResult = 'hit' | 'miss' | 'refused' | 'failed'

export interface CacheObserver {
  looked(layer: CacheLayer, result: CacheResult): void
  /** A change was carried out here so long after it was made. */
  invalidated(delayMs: number): void
  /** Messages arrive, or do not. */
  subscribed(up: boolean): void
  /** The store said at this time that this is an organization's policy version. */
  confirmed(organization: OrganizationId, version: number, at: number): void
  /** Somebody wrote into the cache who has not the key. */
  forged(what: string): void
  /** Something failed that is done again. */
  failed(what: string, error: unknown): void
  /** The store is not what it was before. */
  restored(): void
}
