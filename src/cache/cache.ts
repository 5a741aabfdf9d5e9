/**
 * The cache that all gateways share (L2) and the messages between them, and how good what is known
 * through it is.
 *
 * The shared cache is never believed: entries are sealed, and whoever reads one judges by itself how
 * fresh it is. It may forget anything at any time, and while it cannot be used the store is asked.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { HeldSource, PolicySource } from '../model/policy-data.ts'
import type { Subject } from '../model/subject.ts'

/** One subject of one organization. */
export type CacheKey = Readonly<{ organization: OrganizationId; subject: Subject }>

/** By which of two writers is newer. Versions of different epochs cannot be compared. */
export type EntryVersion = Readonly<{
  /** The store's epoch. */
  epoch: string
  /** The organization's policy version. */
  version: number
}>

/** What stands under a key. */
export type CachedEntry = Readonly<{
  sealed: Uint8Array
  /** Milliseconds that the entry has left here. */
  lifeMs: number
}>

export interface Cache {
  /**
   * What stands under a key; undefined for nothing, for a tombstone, and for what has no end or is
   * not of an entry's form.
   *
   * @throws Error where the cache cannot tell, soon
   */
  get(key: CacheKey): Promise<CachedEntry | undefined>
  /**
   * Puts an entry for so long, unless an entry or a tombstone of the same epoch and a higher version
   * stands there. What is too large is left out.
   *
   * @param lifeMs - above 0
   * @throws Error where the cache cannot take it, soon
   */
  put(key: CacheKey, version: EntryVersion, sealed: Uint8Array, lifeMs: number): Promise<void>
  /**
   * Puts a tombstone for so long in the place of whatever is of another epoch or a lower version:
   * {@link put} leaves it where its own version is lower.
   *
   * @throws Error where the cache cannot take it, soon
   */
  writeTombstones(keys: readonly CacheKey[], version: EntryVersion, lifeMs: number): Promise<void>
  /**
   * Sends a message to every listener, in this process and others.
   *
   * @throws Error where it cannot be sent, soon
   */
  publish(message: Uint8Array): Promise<void>
  /**
   * From now on tells of messages, however long the connection was lost meanwhile. Called once by
   * each gateway.
   */
  listen(listener: CacheListener): void
  /** @throws Error with words for an operator, where the cache cannot be used */
  ping(): Promise<void>
  /** Gives up whatever is under way. */
  close(): Promise<void>
}

export interface CacheListener {
  message(bytes: Uint8Array): void
  /** Whether messages arrive, as far as is known; told at every turn. */
  state(up: boolean): void
}

/** Gives policy data to decisions. */
export interface PolicyHolder {
  /**
   * Returns the data for one decision on a request of an organization.
   *
   * @param held - the data that is not of the policy
   */
  hold(organization: OrganizationId, held: HeldSource): PolicySource
}

/** Watches the policy of all organizations. */
export interface PolicyWatch {
  /**
   * The store's epoch.
   *
   * @throws Failure `policy-unavailable`
   */
  epoch(): Promise<string>
  /** The same at once; undefined if the store has not been seen recently enough. */
  readonly currentEpoch: string | undefined
  /**
   * Makes sure that a version has been seen, which somebody else has seen: where it exists.
   *
   * @throws Failure `policy-unavailable`
   */
  reach(organization: OrganizationId, version: number): Promise<void>
  /** @param listener - told whose policy changed, or of undefined: all, or nothing is known */
  onChange(listener: (organization: OrganizationId | undefined) => void): void
}
