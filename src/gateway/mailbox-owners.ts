/**
 * Finds the owner of a mailbox GUID by asking the upstream.
 *
 * For each user, the gateway itself requests the root folders of mailbox and archive as that user. So the result
 * doesn't depend on anything that a client sends. A server like grommunio goes by the number in an ID alone, so a number
 * that two users have is a shared mailbox, even if the rest of their IDs differs.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import { mailboxInEntry, providerIn } from '../ews/alternate-id.ts'
import { numberIn } from '../ews/gromox-id.ts'
import { placeOf } from '../ews/item-id.ts'
import { isAboutMailboxes } from '../ews/response-reader.ts'
import { Failure } from '../model/failure.ts'
import type { Organization, OrganizationId, User, UserId } from '../model/identity.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { ASK_MS, ask } from './ask.ts'
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

/** A lookup: the principal whose request needs it, and the time by which all of its questions must be answered. */
type Asking = Served & Readonly<{ owner: string; until: number }>

/** Mailboxes of one user, according to the upstream. */
type Mailboxes = Readonly<{
  /** GUIDs, and the numbers in them. */
  guids: ReadonlySet<string>
  /** GUIDs by which entry IDs of Exchange name them. */
  providers: ReadonlySet<string>
}>

type Learned = Mailboxes & Readonly<{ at: number }>

/** The user who has the mailbox according to the upstream's last response, with its time. */
type Learner = Holder & Readonly<{ at: number }>

export class MailboxOwners {
  readonly #now: () => number
  readonly #byUser = new LRUCache<string, Learned>(LIMITS)
  readonly #byGuid = new LRUCache<string, Learner>(LIMITS)
  /** Questions in flight, by principal. No principal waits for a question of another, whose share can be used up. */
  readonly #questions = new Map<string, Promise<Learned>>()
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
   * @param owner - principal whose request needs the result
   * @throws Failure if the upstream cannot be asked now
   */
  async isShared(served: Served, user: User, owner: string): Promise<boolean> {
    const known = this.findShared(served, user)
    if (known !== undefined) return known
    const { organization } = served
    this.#checked.set(`${organization.id} ${user.id}`, this.#now())
    const settled = await this.#shared.check(
      organization.id,
      user.id,
      this.#holds(this.#asking(served, owner)),
    )
    for (const [guid, holder] of settled)
      this.#byGuid.set(`${organization.id} ${guid}`, { ...holder, at: this.#now() })
    return this.#shared.isConcerned(organization.id, user.id)
  }

  /**
   * Returns a function that asks the upstream whether a user has a mailbox. Forgets cached data about users who
   * don't.
   */
  #holds(asking: Asking): Holds {
    const { organization } = asking
    return async (guid, { userId: id, address: primarySmtpAddress }) => {
      const { guids } = await this.#askMailboxes(asking, primarySmtpAddress)
      if (guids.has(guid)) return true
      this.#byUser.delete(keyOf(organization.id, { id, primarySmtpAddress }))
      return false
    }
  }

  /**
   * Returns the owner of a mailbox, as far as the upstream has said. If the parts of a GUID contradict each other, that is
   * the owner of the mailbox that the server would open.
   */
  knownOwner(organization: OrganizationId, guid: string): UserId | undefined {
    const mailbox = mailboxInEntry(guid)?.mailbox ?? guid
    if (this.#isShared(organization, mailbox)) return undefined
    const learner =
      this.#learnerOf(organization, mailbox) ??
      this.#learnerOf(organization, numberIn(mailbox) ?? mailbox)
    return learner?.userId
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
   * @param owner - principal whose request needs the result
   * @throws Failure if the upstream cannot be asked now
   */
  async ownersOf(
    served: Served,
    guids: readonly string[],
    users: readonly User[],
    owner: string,
  ): Promise<readonly (UserId | undefined)[]> {
    const asking = this.#asking(served, owner)
    for (const user of users)
      if (!this.#isLearned(served, user, guids)) await this.#learn(asking, user)
    return guids.map(guid => this.#ownerOf(served, guid, users))
  }

  #ownerOf({ organization }: Served, guid: string, users: readonly User[]): UserId | undefined {
    const mailbox = mailboxInEntry(guid)?.mailbox ?? guid
    if (this.#isShared(organization.id, mailbox)) return undefined
    const owner = users.find(user =>
      hasMailbox(this.#byUser.get(keyOf(organization.id, user)), guid),
    )
    if (owner !== undefined) return owner.id
    const known = this.#learnerOf(organization.id, mailbox)
    // Ignores what was known before about the users of this request, because they were looked up a moment ago.
    return users.some(({ id }) => id === known?.userId) ? undefined : known?.userId
  }

  /** Returns who has a mailbox, if the upstream said so within the last hour. */
  #learnerOf(organization: OrganizationId, guid: string): Learner | undefined {
    const known = this.#byGuid.get(`${organization} ${guid}`)
    return known !== undefined && this.#now() - known.at < HOUR_MS ? known : undefined
  }

  #isShared(organization: OrganizationId, guid: string): boolean {
    const number = numberIn(guid)
    if (number !== undefined && this.#shared.isShared(organization, number)) return true
    return this.#shared.isShared(organization, guid)
  }

  #isLearned({ organization }: Served, user: User, guids: readonly string[]): boolean {
    const known = this.#byUser.get(keyOf(organization.id, user))
    if (known === undefined) return false
    const explains = guids.every(guid => hasMailbox(known, guid))
    return this.#now() - known.at < (explains ? HOUR_MS : AGAIN_MS)
  }

  #asking(served: Served, owner: string): Asking {
    return { ...served, owner, until: this.#now() + ASK_MS }
  }

  async #learn(asking: Asking, user: User): Promise<void> {
    const key = `${asking.owner} ${keyOf(asking.organization.id, user)}`
    const question = this.#questions.get(key) ?? this.#ask(key, asking, user)
    this.#questions.set(key, question)
    await question
  }

  async #ask(key: string, asking: Asking, user: User): Promise<Learned> {
    const { id: userId, primarySmtpAddress: address } = user
    try {
      const mailboxes = await this.#askMailboxes(asking, address)
      const learned = { ...mailboxes, at: this.#now() }
      for (const guid of mailboxes.guids)
        await this.#claim(asking, guid, { userId, address, at: learned.at })
      this.#byUser.set(keyOf(asking.organization.id, user), learned)
      return learned
    } finally {
      this.#questions.delete(key)
    }
  }

  /** Assigns a mailbox to a user. Repeats if a concurrent lookup has assigned it to another user. */
  async #claim(asking: Asking, guid: string, holder: Learner): Promise<void> {
    const organization = asking.organization.id
    const place = `${organization} ${guid}`
    for (;;) {
      const before = this.#byGuid.get(place)
      const isOwn = before === undefined || before.userId === holder.userId
      if (isOwn) this.#byGuid.set(place, holder)
      await this.#shared.claim(organization, guid, holder, before, this.#holds(asking))
      if (isOwn) return
      if (this.#byGuid.get(place) === before) this.#byGuid.delete(place)
    }
  }

  async #askMailboxes({ upstream, owner, until }: Asking, address: string): Promise<Mailboxes> {
    const deadlineMs = until - this.#now()
    if (!(deadlineMs > 0))
      throw new Failure('upstream-timeout', 'The upstream did not tell in time who owns mailboxes')
    const question = {
      operation: 'GetFolder',
      element: GET_FOLDER,
      address,
      owner,
      deadlineMs,
    } as const
    const response = await ask(upstream, question)
    if (!isAboutMailboxes(response))
      throw new Failure('upstream-unreachable', 'The upstream cannot look up mailbox owners now', {
        kind: 'throttled',
      })
    const ids = response.messages.flatMap(({ folderIds }) => folderIds)
    const places = ids.map(placeOf)
    return {
      guids: new Set(
        places.flatMap(place => (place.kind === 'mailbox' ? namesOf(place.guid) : [])),
      ),
      providers: new Set(ids.map(providerIn).filter(guid => guid !== undefined)),
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

/** Whether a mailbox in an ID is one of a user. The providers say nothing about IDs that a server opens. */
function hasMailbox(mailboxes: Mailboxes | undefined, guid: string): boolean {
  if (mailboxes === undefined) return false
  const entry = mailboxInEntry(guid)
  if (entry === undefined) return mailboxes.guids.has(guid)
  return mailboxes.guids.has(entry.mailbox) || mailboxes.providers.has(entry.provider)
}

/** Returns the names by which a server can find a mailbox: its GUID, and the number in it, if it has one. */
function namesOf(guid: string): readonly string[] {
  const number = numberIn(guid)
  return number === undefined ? [guid] : [guid, number]
}
