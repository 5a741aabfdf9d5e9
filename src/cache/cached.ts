/**
 * Policy data that the process holds: the process (L1) and the shared cache (L2) over the store.
 *
 * The age of an entry counts from the beginning of its read from the store, in any layer. The entry expires after
 * `maxAgeMs`. No data is served unless the store was polled within that time, and all changes found then have been
 * applied.
 *
 * Each entry also has the policy version of the snapshot in which it was read. If no entry has a version later than
 * that of the last poll, all entries together are the state of the store at that poll.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { Entry, Freshness, IdOf, StoredKind, ValueOf } from '../model/policy-data.ts'
import { subjectOf } from '../model/subject.ts'
import { Announcer } from './announcer.ts'
import type { PolicyWatch } from './cache.ts'
import { endOf, hasEnded, isBefore, type Timestamp, timestampOf } from './clock.ts'
import { Invalidator } from './invalidator.ts'
import { Loader } from './loader.ts'
import { LocalEntries, type LocalEntry, type ReadStart } from './local.ts'
import { LocalKeys } from './local-keys.ts'
import { ANY, localKey } from './place.ts'
import type { CachePorts } from './ports.ts'
import { WaitingReader } from './reader.ts'
import { Refresher } from './refresher.ts'
import { type Announcement, unsealAnnouncement } from './sealed.ts'
import { type FreshnessSubject, isStored, type StoredSubject } from './target.ts'
import { Watch } from './watch.ts'

/** Polling interval, independent of messages. */
const POLL_INTERVAL_MS = 1_000

/** Message of the failure if policy data that was known has expired. */
const LAPSED = 'Policy data in use has become too old, and the store cannot be read'

export class CachedPolicy extends WaitingReader implements PolicyWatch {
  readonly #ports: CachePorts
  readonly #local: LocalEntries
  readonly #keys = new LocalKeys()
  readonly #watch: Watch
  readonly #announcer: Announcer
  readonly #loader: Loader
  readonly #refresher: Refresher
  readonly #invalidator: Invalidator
  /** Whether requests fail because data in use became too old while the store can't be read. */
  #hasLapsed = false
  #timer: NodeJS.Timeout | undefined
  /** Work started by the timer. It never rejects. */
  #work: Promise<void> = Promise.resolve()

  private constructor(ports: CachePorts) {
    super()
    this.#ports = ports
    this.#local = new LocalEntries(ports.capacity)
    this.#announcer = new Announcer(ports)
    this.#invalidator = new Invalidator(ports, this.#local, this.#announcer)
    this.#watch = new Watch({ ...ports, sink: this.#invalidator })
    this.#loader = new Loader(ports, this.#local, this.#watch)
    this.#refresher = new Refresher(ports, this.#local, this.#loader)
  }

  /**
   * Polls the store for the first time, and starts to receive messages.
   *
   * @throws Failure `policy-unavailable` if the store can't be read
   */
  static async start(ports: CachePorts): Promise<CachedPolicy> {
    const policy = new CachedPolicy(ports)
    await policy.#watch.poll()
    ports.cache?.listen({
      message: bytes => policy.#receive(bytes),
      state: up => ports.observer.subscribed(up),
    })
    return policy
  }

  /** Polls the store and refreshes due data once a second, until {@link close}. */
  keepWatch(): void {
    this.#timer = setInterval(() => {
      const work = Promise.all([this.#work, this.tick(), this.refresh()])
      this.#work = work.then(() => undefined)
    }, POLL_INTERVAL_MS).unref()
  }

  /** Stops polling. Resolves when the store is no longer used, so that it can be closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#work
  }

  /** Polls the store and announces pending changes. Called once a second. */
  async tick(): Promise<void> {
    await this.#pollAndAnnounce('The poll of the store')
    if (!this.#watch.isFresh) this.#invalidator.tell(undefined)
  }

  /** Refreshes policy data in use that is due. Never throws. */
  async refresh(): Promise<void> {
    try {
      await this.#refresher.refresh()
    } catch (error) {
      this.#ports.observer.failed('The refresh of policy data', error)
    }
  }

  /**
   * Checks whether requests fail because the store was not polled for too long, or because policy data in
   * use has expired and can't be read.
   *
   * @throws Error with a message for an operator
   */
  checkFresh(): void {
    if (!this.#watch.isFresh) throw new Error('No poll of the store has succeeded for too long')
    if (this.#hasLapsed) throw new Error(LAPSED)
  }

  /** Applies a change that this process has made to the store, in all gateways. Never throws. */
  async announce(organization: OrganizationId): Promise<void> {
    this.#announcer.addPending(organization)
    await this.#pollAndAnnounce('The announcement of a change to other gateways')
  }

  onChange(listener: (organization: OrganizationId | undefined) => void): void {
    this.#invalidator.onChange(listener)
  }

  async epoch(): Promise<string> {
    await this.#watch.refresh()
    return this.#watch.policyVersions.epoch
  }

  async reach(organization: OrganizationId, version: number): Promise<void> {
    await this.#watch.reach(organization, version)
  }

  /** The store's epoch; undefined if the store has not been read recently enough. */
  get currentEpoch(): string | undefined {
    return this.#watch.isFresh ? this.#watch.policyVersions.epoch : undefined
  }

  /** Returns the version and the time of the state that {@link find} currently returns. */
  freshness(organization: OrganizationId): Freshness | undefined {
    if (!this.#watch.isFresh) return undefined
    const { policyVersions, seen } = this.#watch
    return { version: policyVersions.versions.get(organization) ?? 0, at: seen.now }
  }

  /** Returns an entry that the process holds, if it can still be used, and records its use. */
  find<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): Entry<ValueOf<Kind>> | undefined {
    const own =
      kind === 'credential' || kind === 'identity'
        ? this.#readForAny(organization, kind, id)
        : undefined
    const key = this.#keys.keyOf(organization, kind, id)
    const entry = own ?? this.#local.find(key, this.#ports.clock)
    this.#ports.observer.looked('l1', entry === undefined ? 'miss' : 'hit')
    if (entry !== undefined)
      this.#refresher.used(own === undefined ? organization : ANY, kind, id, entry)
    return entry as Entry<ValueOf<Kind>> | undefined
  }

  /** Finds a credential or an identity that was read for an authenticator, so that decisions don't load it again. */
  #readForAny<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): LocalEntry | undefined {
    const entry = this.#local.find(this.#keys.keyOf(ANY, kind, id), this.#ports.clock)
    return entry?.organization === organization ? entry : undefined
  }

  /**
   * Loads subjects that a decision is missing. Polls the store first if the decision needs a later version.
   *
   * @returns the entries of all subjects except `freshness`, in the order of the subjects
   * @throws Failure `policy-unavailable`
   */
  async load(
    organization: OrganizationId,
    missing: readonly (StoredSubject | FreshnessSubject)[],
  ): Promise<readonly LocalEntry[]> {
    const stored = missing.filter(isStored)
    try {
      await this.#watch.refresh()
      for (const subject of missing)
        if (subject.kind === 'freshness') await this.#reach(organization, subject.version)
      const entries = await this.#loader.load(organization, stored)
      for (const [n, entry] of entries.entries()) {
        const { kind, id } = stored[n] as StoredSubject
        this.#refresher.used(organization, kind, id, entry)
      }
      return entries
    } catch (error) {
      if (!stored.some(subject => this.#lapsed(organization, subject))) throw error
      this.#hasLapsed = true
      throw new Failure('policy-unavailable', LAPSED, { cause: error })
    }
  }

  /** Whether a subject was known at the last poll and has expired since. */
  #lapsed(organization: OrganizationId, { kind, id }: StoredSubject): boolean {
    const subject = subjectOf(kind, id)
    const entry = this.#local.peek(localKey(organization, subject))
    return (
      entry !== undefined &&
      hasEnded(this.#ports.clock, entry.end) &&
      isBefore(this.#watch.seen, entry.end)
    )
  }

  /**
   * Polls the store if a version has not been read yet. A restored store can lack that version, so it is polled
   * only once for it.
   */
  async #reach(organization: OrganizationId, version: number): Promise<void> {
    const { epoch } = this.#watch.policyVersions
    await this.#watch.reach(organization, version)
    if (this.#watch.isOf(epoch) && this.#watch.versionOf(organization) < version)
      throw new Failure(
        'policy-unavailable',
        'The store no longer has a policy version that was read before',
      )
  }

  /** Whether a loaded entry can still be used, even if the cache no longer holds it. */
  holds(entry: LocalEntry): boolean {
    return this.#local.holds(entry, this.#ports.clock)
  }

  /** Returns the start of a read of data that doesn't come from the store. */
  beginRead(): ReadStart {
    return this.#local.beginRead()
  }

  /** Returns the expiry of data that is read now. */
  endOfAge(): Timestamp {
    const { clock, maxAgeMs } = this.#ports
    return endOf(timestampOf(clock), maxAgeMs)
  }

  /** @param what - name of the work in error messages */
  async #pollAndAnnounce(what: string): Promise<void> {
    try {
      await this.#watch.poll()
      this.#hasLapsed = false
      await this.#announcer.announcePending(this.#watch.policyVersions.epoch)
    } catch (error) {
      this.#ports.observer.failed(what, error)
    }
  }

  /** Applies the changes in a message immediately, and polls the store, because only the store is trusted. */
  #receive(bytes: Uint8Array): void {
    const { sealer, observer } = this.#ports
    let message: Announcement | undefined
    try {
      message = unsealAnnouncement(sealer, bytes)
    } catch {
      observer.forged('message')
      return
    }
    if (message !== undefined && this.#watch.isOf(message.epoch)) {
      const { organization, changes } = message
      this.#announcer.markAnnounced(organization, changes)
      const seen = this.#watch.versionOf(organization)
      const news = changes.filter(({ version }) => version > seen)
      if (news.length === 0) return
      this.#invalidator.changed(organization, news)
    }
    this.#watch.poll().catch(error => observer.failed('The poll of the store', error))
  }
}
