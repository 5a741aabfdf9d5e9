/**
 * The cache that all gateways share (L2), and the messages between them.
 *
 * The shared cache is not trusted. Entries are sealed, and every reader checks by itself how fresh they
 * are. The cache can lose anything at any time. If it is unavailable, the store is read.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { HeldSource, PolicySource } from '../model/policy-data.ts'
import type { Subject } from '../model/subject.ts'

export type CacheKey = Readonly<{ organization: OrganizationId; subject: Subject }>

/** Version that tells which of two entries is newer. Versions of different epochs can't be compared. */
export type EntryVersion = Readonly<{
  /** The store's epoch. */
  epoch: string
  /** The organization's policy version. */
  version: number
}>

/** Entry of a key. */
export type CachedEntry = Readonly<{
  sealed: Uint8Array
  /** Remaining lifetime in milliseconds. */
  lifeMs: number
}>

export interface Cache {
  /**
   * Returns the entry of a key; undefined if there is none, or if it is a tombstone, malformed, or without an
   * expiry.
   *
   * @throws Error, without a long wait, if the cache is unavailable
   */
  get(key: CacheKey): Promise<CachedEntry | undefined>
  /**
   * Puts an entry, unless the key has an entry or a tombstone of the same epoch and a higher version. An entry that
   * is too large is ignored.
   *
   * @param lifeMs - lifetime, above 0
   * @throws Error, without a long wait, if the cache is unavailable
   */
  put(key: CacheKey, version: EntryVersion, sealed: Uint8Array, lifeMs: number): Promise<void>
  /**
   * Replaces entries of another epoch or a lower version by tombstones. {@link put} keeps a tombstone of a higher
   * version.
   *
   * @throws Error, without a long wait, if the cache is unavailable
   */
  writeTombstones(keys: readonly CacheKey[], version: EntryVersion, lifeMs: number): Promise<void>
  /**
   * Sends a message to every listener, in this process and others.
   *
   * @throws Error, without a long wait, if it can't be sent
   */
  publish(message: Uint8Array): Promise<void>
  /** Starts to receive messages, and continues after the connection was lost. Each gateway calls it once. */
  listen(listener: CacheListener): void
  /** @throws Error with a message for an operator, if the cache can't be used */
  ping(): Promise<void>
  /** Aborts all calls in flight. */
  close(): Promise<void>
}

export interface CacheListener {
  message(bytes: Uint8Array): void
  /** Reports whether messages currently arrive. Called at each change. */
  state(up: boolean): void
}

/** Provides policy data for decisions. */
export interface PolicyHolder {
  /**
   * Returns the data for one decision on a request of an organization.
   *
   * @param held - source of data that doesn't come from the store, such as owners of mailboxes
   */
  hold(organization: OrganizationId, held: HeldSource): PolicySource
}

/** Watches the policy of all organizations. */
export interface PolicyWatch {
  /**
   * Returns the store's epoch. Polls the store if necessary.
   *
   * @throws Failure `policy-unavailable`
   */
  epoch(): Promise<string>
  /** The store's epoch, without waiting for a poll; undefined if the store has not been read recently enough. */
  readonly currentEpoch: string | undefined
  /**
   * Polls the store if this process has not read a version yet that another process has read.
   *
   * @throws Failure `policy-unavailable`
   */
  reach(organization: OrganizationId, version: number): Promise<void>
  /**
   * @param listener - called with the organization whose policy changed; undefined if the policy of all
   * organizations changed or is unknown
   */
  onChange(listener: (organization: OrganizationId | undefined) => void): void
}
