/**
 * What the data plane knows: a reader over the store, with the process (L1) and the shared cache
 * (L2) between.
 *
 * An entry's age counts from the moment at which its read of the store began, in whichever layer it
 * lies, and ends after `maxAgeMs`; and nothing is served unless the store has been seen within that
 * time, with every change that was seen then carried out.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import type { OrganizationId, User, UserId } from '../model/identity.ts'
import type { AccessKeyId, Credential } from '../model/principal.ts'
import type { ImpersonationRole, RoleId } from '../model/role.ts'
import {
  ACCESS_CONTROL,
  credentialSubject,
  NAME_SPACES,
  nameSubject,
  type PolicyChange,
  roleNameSubject,
  roleSubject,
  type Subject,
  subscriptionSubject,
  userSubject,
} from '../model/subject.ts'
import type {
  AccessControlReader,
  CredentialReader,
  RoleReader,
  Standings,
  SubscriptionReader,
  UserReader,
} from '../store/store.ts'
import { Announcer } from './announcer.ts'
import { BatchReader } from './batch.ts'
import type { Confirmation, PolicyWatch } from './cache.ts'
import { type Moment, momentOf } from './clock.ts'
import { Fetch, type Wanted } from './fetch.ts'
import { LocalKnowledge } from './local.ts'
import { keyOf, placeOf } from './place.ts'
import { type Announcement, unsealAnnouncement } from './sealed.ts'
import type { KnowledgePorts } from './truth.ts'
import { type ChangeSink, Watch } from './watch.ts'

/** How often the store is looked at, whatever is heard besides. */
const LOOK_MS = 1_000

export class CachedKnowledge
  implements UserReader, RoleReader, CredentialReader, AccessControlReader, PolicyWatch, ChangeSink
{
  readonly #ports: KnowledgePorts
  readonly #local = new LocalKnowledge()
  readonly #watch: Watch
  readonly #announcer: Announcer
  readonly #fetch: Fetch
  readonly #batches: BatchReader
  /** The latest version that was carried out, however it became known. */
  readonly #heard = new Map<OrganizationId, number>()
  readonly #listeners = new Set<(organization: OrganizationId | undefined) => void>()
  #timer: NodeJS.Timeout | undefined

  private constructor(ports: KnowledgePorts) {
    this.#ports = ports
    this.#watch = new Watch({ ...ports, sink: this })
    this.#fetch = new Fetch(ports, this.#local, this.#watch)
    this.#batches = new BatchReader(ports, this.#local, this.#watch)
    this.#announcer = new Announcer(ports)
  }

  /**
   * Looks at the store for the first time, and listens from then on.
   *
   * @throws Failure `policy-unavailable` where the store cannot be seen
   */
  static async start(ports: KnowledgePorts): Promise<CachedKnowledge> {
    const knowledge = new CachedKnowledge(ports)
    await knowledge.#watch.look()
    ports.cache.listen({
      message: bytes => knowledge.#hear(bytes),
      state: up => ports.observer.subscribed(up),
    })
    return knowledge
  }

  /** Looks at the store once a second, until {@link close}. */
  keepWatch(): void {
    this.#timer = setInterval(() => void this.tick(), LOOK_MS).unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** What is done once a second: look at the store, and announce what is still to be announced. */
  async tick(): Promise<void> {
    try {
      await this.#watch.look()
      await this.#announcer.tellOwed(this.#watch.standings.epoch)
    } catch (error) {
      this.#ports.observer.failed('The look at the store', error)
    }
    if (!this.#watch.isFresh) this.#tell(undefined)
  }

  /** @throws Error, in words for an operator, where nothing can be decided */
  checkFresh(): void {
    if (!this.#watch.isFresh) throw new Error('The store has not been seen for too long')
  }

  /** Carries out a change that this process has made, here and everywhere. Never throws. */
  async announce(organization: OrganizationId): Promise<void> {
    this.#announcer.owe(organization)
    try {
      await this.#watch.look()
      await this.#announcer.tellOwed(this.#watch.standings.epoch)
    } catch (error) {
      this.#ports.observer.failed('The announcement of a change', error)
    }
  }

  onChange(listener: (organization: OrganizationId | undefined) => void): void {
    this.#listeners.add(listener)
  }

  get turn(): number {
    return this.#local.moment
  }

  async confirmation(organization: OrganizationId): Promise<Confirmation> {
    await this.#watch.refresh()
    return this.#confirm(organization)
  }

  confirmed(organization: OrganizationId): Confirmation | undefined {
    return this.#watch.isFresh ? this.#confirm(organization) : undefined
  }

  async epoch(): Promise<string> {
    await this.#watch.refresh()
    return this.#watch.standings.epoch
  }

  async reach(organization: OrganizationId, version: number): Promise<void> {
    await this.#watch.reach(organization, version)
  }

  user(organization: OrganizationId, id: UserId): Promise<User | undefined> {
    const { store } = this.#ports
    return this.#know(organization, userSubject(id), () => store.user(organization, id))
  }

  readonly userByName: UserReader['userByName'] = (organization, kind, name) =>
    this.#know(organization, nameSubject(NAME_SPACES[kind], name), () =>
      this.#ports.store.userByName(organization, kind, name),
    )

  readonly usersByAddress: UserReader['usersByAddress'] = (organization, addresses) =>
    this.#batches.read(organization, addresses, {
      subjectOf: address => nameSubject('address', address),
      load: some => this.#ports.store.usersByAddress(organization, some),
    })

  readonly usersById: UserReader['usersById'] = (organization, ids) =>
    this.#batches.read(organization, ids, {
      subjectOf: userSubject,
      load: some => this.#ports.store.usersById(organization, some),
    })

  role(organization: OrganizationId, id: RoleId): Promise<ImpersonationRole | undefined> {
    const { store } = this.#ports
    return this.#know(organization, roleSubject(id), () => store.role(organization, id))
  }

  roleByName(organization: OrganizationId, name: string): Promise<ImpersonationRole | undefined> {
    const { store } = this.#ports
    const subject = roleNameSubject(name)
    return this.#know(organization, subject, () => store.roleByName(organization, name))
  }

  async accessControlRules(organization: OrganizationId): Promise<readonly AccessControlRule[]> {
    const { store } = this.#ports
    const load = () => store.accessControlRules(organization)
    return (await this.#know(organization, ACCESS_CONTROL, load)) ?? []
  }

  readonly subscriptions: SubscriptionReader['subscriptions'] = (organization, idHashes) =>
    this.#batches.read(organization, idHashes, {
      subjectOf: subscriptionSubject,
      load: some => this.#ports.store.subscriptions(organization, some),
    })

  credential(id: AccessKeyId): Promise<Credential | undefined> {
    const { store } = this.#ports
    return this.#read<Credential>({
      place: placeOf(undefined, credentialSubject(id)),
      organization: undefined,
      organizationOf: ({ principal }) => principal.organizationId,
      load: () => store.credential(id),
    })
  }

  changed(organization: OrganizationId, changes: readonly PolicyChange[]): void {
    for (const change of changes) this.#carryOut(organization, change)
    this.#tell(organization)
  }

  changedUnnamed(organization: OrganizationId, version: number): void {
    this.#local.voidAll(organization, version)
    this.#tell(organization)
  }

  begunAnew(standings: Standings, why: 'start' | 'gap' | 'restored'): void {
    this.#local.forget()
    this.#heard.clear()
    this.#announcer.begin(standings)
    for (const [organization, version] of standings.versions)
      this.#local.voidAll(organization, version)
    if (why === 'restored') this.#ports.observer.restored()
    this.#tell(undefined)
  }

  seen({ versions }: Standings, { now }: Moment): void {
    for (const [organization, version] of versions)
      this.#ports.observer.confirmed(organization, version, now)
  }

  #carryOut(organization: OrganizationId, { version, subjects, at }: PolicyChange): void {
    if (subjects === undefined) this.#local.voidAll(organization, version)
    for (const subject of subjects ?? [])
      this.#local.void(keyOf(placeOf(organization, subject)), organization, version)
    if (version <= (this.#heard.get(organization) ?? 0)) return
    this.#heard.set(organization, version)
    this.#ports.observer.invalidated(Math.max(0, this.#ports.clock.now() - at))
  }

  /** Carries out at once what a message names, and looks at the store, which alone is believed. */
  #hear(bytes: Uint8Array): void {
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
      this.#announcer.heard(organization, changes)
      const seen = this.#watch.versionOf(organization)
      const news = changes.filter(({ version }) => version > seen)
      if (news.length === 0) return
      this.changed(organization, news)
    }
    this.#watch.look().catch(error => observer.failed('The look at the store', error))
  }

  #confirm(organization: OrganizationId): Confirmation {
    const { versions } = this.#watch.standings
    return { version: versions.get(organization) ?? 0, at: this.#watch.seen.now }
  }

  #tell(organization: OrganizationId | undefined): void {
    for (const listener of this.#listeners) listener(organization)
  }

  #know<T>(
    organization: OrganizationId,
    subject: Subject,
    load: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const place = placeOf(organization, subject)
    return this.#read<T>({ place, organization, organizationOf: () => organization, load })
  }

  /** Nothing async where the value is known: each request reads five. */
  #read<T>(wanted: Wanted<T>): Promise<T | undefined> {
    const at = momentOf(this.#ports.clock)
    return this.#watch.isFreshAt(at) ? this.#find(wanted, at) : this.#refresh(wanted)
  }

  async #refresh<T>(wanted: Wanted<T>): Promise<T | undefined> {
    await this.#watch.refresh()
    return await this.#find(wanted, momentOf(this.#ports.clock))
  }

  #find<T>(wanted: Wanted<T>, at: Moment): Promise<T | undefined> {
    const key = keyOf(wanted.place)
    const known = this.#local.find(key, at)
    this.#ports.observer.looked('l1', known ? 'hit' : 'miss')
    return known ? Promise.resolve(known.value as T | undefined) : this.#fetch.fetch(key, wanted)
  }
}
