/**
 * Finds the owner of a mailbox GUID by asking the upstream.
 *
 * For each user, the gateway itself requests the root folders of mailbox and archive as that user. So the result
 * doesn't depend on anything that a client sends.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import { placeOf } from '../ews/item-id.ts'
import { isAboutMailboxes } from '../ews/response-reader.ts'
import { Failure } from '../model/failure.ts'
import type { Organization, User, UserId } from '../model/identity.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { ask } from './ask.ts'
import {
  type Holder,
  type Holds,
  type SharedMailboxChange,
  SharedMailboxes,
} from './shared-mailboxes.ts'

const HOUR_MS = 3_600_000
/** Minimum time between two lookups of a user, if the known GUIDs of the user don't include those of a request. */
const AGAIN_MS = 60_000
const KEPT = 100_000
/** Limits by size, because LRUCache allocates all entries at once if it is limited by their number. */
const LIMITS = { maxSize: KEPT, sizeCalculation: () => 1 }

/** Organization of the users, with its upstream. */
type Served = Readonly<{ organization: Organization; upstream: Upstream }>

/** Mailboxes of one user, according to the upstream. */
type Learned = Readonly<{ guids: ReadonlySet<string>; at: number }>

/** The user who has the mailbox according to the upstream's last response, with its time. */
type Learner = Holder & Readonly<{ at: number }>

export class MailboxOwners {
  readonly #now: () => number
  readonly #byUser = new LRUCache<string, Learned>(LIMITS)
  readonly #byGuid = new LRUCache<string, Learner>(LIMITS)
  readonly #asking = new Map<string, Promise<Learned>>()
  readonly #shared: SharedMailboxes
  /** Time of the last check of each user with a shared mailbox. */
  readonly #checked = new LRUCache<string, number>(LIMITS)

  /**
   * @param now - returns the time in milliseconds, which never decreases
   * @param onShared - called when a mailbox gets a second user, and when it has only one again
   */
  constructor(now: () => number, onShared: (change: SharedMailboxChange) => void) {
    this.#now = now
    this.#shared = new SharedMailboxes(onShared)
  }

  /** Returns whether a mailbox of the user has another user, too; undefined if the upstream must be asked. */
  findShared({ organization }: Served, { id }: User): boolean | undefined {
    if (!this.#shared.isConcerned(organization.id, id)) return false
    const checkedAt = this.#checked.get(`${organization.id} ${id}`) ?? Number.NEGATIVE_INFINITY
    return this.#now() < checkedAt + AGAIN_MS ? true : undefined
  }

  /**
   * Returns whether the upstream assigns a mailbox of the user to another user, too. Asks the upstream again at
   * most once a minute, and only about users with a known shared mailbox.
   *
   * @throws Failure if the upstream cannot be asked now
   */
  async isShared(served: Served, user: User): Promise<boolean> {
    const known = this.findShared(served, user)
    if (known !== undefined) return known
    const { organization } = served
    this.#checked.set(`${organization.id} ${user.id}`, this.#now())
    const settled = await this.#shared.check(organization.id, user.id, this.#holds(served))
    for (const [guid, holder] of settled)
      this.#byGuid.set(`${organization.id} ${guid}`, { ...holder, at: this.#now() })
    return this.#shared.isConcerned(organization.id, user.id)
  }

  /**
   * Returns a function that asks the upstream whether a user has a mailbox. Forgets cached data about users who
   * don't.
   */
  #holds({ organization, upstream }: Served): Holds {
    return async (guid, { userId: id, address: primarySmtpAddress }) => {
      if ((await askGuids(upstream, primarySmtpAddress)).has(guid)) return true
      this.#byUser.delete(keyOf(organization.id, { id, primarySmtpAddress }))
      return false
    }
  }

  /** Returns the known owners of mailboxes; undefined if the upstream must be asked first. */
  findOwners(
    served: Served,
    guids: readonly string[],
    users: readonly User[],
  ): readonly (UserId | undefined)[] | undefined {
    if (!users.every(user => this.#isLearned(served, user, guids))) return undefined
    return guids.map(guid => this.#ownerOf(served, guid, users))
  }

  /**
   * Returns the known owners of mailboxes. First asks the upstream about `users` if some of the GUIDs have no known
   * owner.
   *
   * @throws Failure if the upstream cannot be asked now
   */
  async ownersOf(
    served: Served,
    guids: readonly string[],
    users: readonly User[],
  ): Promise<readonly (UserId | undefined)[]> {
    for (const user of users)
      if (!this.#isLearned(served, user, guids)) await this.#learn(served, user)
    return guids.map(guid => this.#ownerOf(served, guid, users))
  }

  #ownerOf({ organization }: Served, guid: string, users: readonly User[]): UserId | undefined {
    if (this.#shared.isShared(organization.id, guid)) return undefined
    const owner = users.find(user =>
      this.#byUser.get(keyOf(organization.id, user))?.guids.has(guid),
    )
    if (owner !== undefined) return owner.id
    const known = this.#byGuid.get(`${organization.id} ${guid}`)
    if (known === undefined || this.#now() - known.at >= HOUR_MS) return undefined
    // Ignores what was known before about the users of this request, because they were looked up a moment ago.
    return users.some(({ id }) => id === known.userId) ? undefined : known.userId
  }

  #isLearned({ organization }: Served, user: User, guids: readonly string[]): boolean {
    const known = this.#byUser.get(keyOf(organization.id, user))
    if (known === undefined) return false
    const explains = guids.every(guid => known.guids.has(guid))
    return this.#now() - known.at < (explains ? HOUR_MS : AGAIN_MS)
  }

  async #learn(served: Served, user: User): Promise<void> {
    const key = keyOf(served.organization.id, user)
    const asking = this.#asking.get(key) ?? this.#ask(key, served, user)
    this.#asking.set(key, asking)
    await asking
  }

  async #ask(key: string, served: Served, { id: userId, primarySmtpAddress: address }: User) {
    try {
      const guids = await askGuids(served.upstream, address)
      const learned = { guids, at: this.#now() }
      for (const guid of guids) await this.#claim(served, guid, { userId, address, at: learned.at })
      this.#byUser.set(key, learned)
      return learned
    } finally {
      this.#asking.delete(key)
    }
  }

  /** Assigns a mailbox to a user. Repeats if a concurrent lookup has assigned it to another user. */
  async #claim(served: Served, guid: string, holder: Learner): Promise<void> {
    const organization = served.organization.id
    const place = `${organization} ${guid}`
    for (;;) {
      const before = this.#byGuid.get(place)
      const isOwn = before === undefined || before.userId === holder.userId
      if (isOwn) this.#byGuid.set(place, holder)
      await this.#shared.claim(organization, guid, holder, before, this.#holds(served))
      if (isOwn) return
      if (this.#byGuid.get(place) === before) this.#byGuid.delete(place)
    }
  }
}

type Addressed = Pick<User, 'id' | 'primarySmtpAddress'>

const keyOf = (organization: string, { id, primarySmtpAddress }: Addressed): string =>
  `${organization} ${id} ${primarySmtpAddress}`

const GET_FOLDER =
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
  '<t:DistinguishedFolderId Id="msgfolderroot"/>' +
  '<t:DistinguishedFolderId Id="archivemsgfolderroot"/></m:FolderIds></m:GetFolder>'

async function askGuids(upstream: Upstream, address: string): Promise<ReadonlySet<string>> {
  const response = await ask(upstream, { operation: 'GetFolder', element: GET_FOLDER, address })
  if (!isAboutMailboxes(response))
    throw new Failure('upstream-unreachable', 'The upstream cannot look up mailbox owners now', {
      kind: 'throttled',
    })
  const places = response.messages.flatMap(({ folderIds }) => folderIds.map(placeOf))
  return new Set(places.flatMap(place => (place.kind === 'mailbox' ? [place.guid] : [])))
}
