/**
 * Tracks mailboxes that the upstream assigns to more than one user. Rules name users, but the upstream opens
 * mailboxes. If two users have the same mailbox, a rule that denies one of them does not protect the mailbox, so
 * the gateway denies both. This ends only when the upstream reports a single user again.
 *
 * @module
 */

import type { OrganizationId, UserId } from '../model/identity.ts'

/** A user, with the address for which the upstream reported the mailbox. */
export type Holder = Readonly<{ userId: UserId; address: string }>

/** Asks the upstream whether a holder still has a mailbox, under the holder's address. */
export type Holds = (guid: string, holder: Holder) => Promise<boolean>

/** A change, and the number of shared mailboxes that the organization has now. */
export type SharedMailboxChange = Readonly<{
  organization: OrganizationId
  /** `shared`: the mailbox has several users, who are now denied. `settled`: the mailbox has at most one user again. */
  kind: 'shared' | 'settled'
  users: readonly UserId[]
  count: number
}>

export class SharedMailboxes {
  /** Users of each shared mailbox, by organization and mailbox GUID. */
  readonly #holders = new Map<OrganizationId, Map<string, readonly Holder[]>>()
  readonly #onChange: (change: SharedMailboxChange) => void

  constructor(onChange: (change: SharedMailboxChange) => void) {
    this.#onChange = onChange
  }

  isShared(organization: OrganizationId, guid: string): boolean {
    return this.#holders.get(organization)?.has(guid) === true
  }

  /** Whether the user has a shared mailbox. Makes no request. */
  isConcerned(organization: OrganizationId, userId: UserId): boolean {
    return this.#guidsOf(organization, userId).length > 0
  }

  /**
   * Adds a user to the holders of a mailbox, if another user has the mailbox, too. Otherwise, changes nothing.
   *
   * @param holder - the user who has the mailbox according to the upstream
   * @param before - the user who had the mailbox before, if any
   * @throws Failure if the upstream can't be asked whether `before` still has it
   */
  async claim(
    organization: OrganizationId,
    guid: string,
    holder: Holder,
    before: Holder | undefined,
    holds: Holds,
  ): Promise<void> {
    if (!this.isShared(organization, guid)) {
      if (before === undefined || before.userId === holder.userId) return
      if (!(await holds(guid, before))) return
    }
    const known = this.#holdersOf(organization, guid)
    const others = known.length === 0 && before ? [before] : known
    this.#set(organization, guid, [...others.filter(other => !isSame(other, holder)), holder])
  }

  /**
   * Checks the shared mailboxes of a user with the upstream: first for the user, then for others until one still
   * has the mailbox.
   *
   * @returns the remaining holders of mailboxes that are no longer shared, by GUID
   * @throws Failure if the upstream can't respond now
   */
  async check(
    organization: OrganizationId,
    userId: UserId,
    holds: Holds,
  ): Promise<ReadonlyMap<string, Holder>> {
    const settled = new Map<string, Holder>()
    for (const guid of this.#guidsOf(organization, userId)) {
      const holders = this.#holdersOf(organization, guid)
      const gone = new Set<Holder>()
      for (const own of holders.filter(holder => holder.userId === userId))
        if (!(await holds(guid, own))) gone.add(own)
      for (const other of holders.filter(holder => holder.userId !== userId)) {
        if (await holds(guid, other)) break
        gone.add(other)
      }
      const left = this.#holdersOf(organization, guid).filter(holder => !gone.has(holder))
      this.#set(organization, guid, left)
      if (left[0] && !this.isShared(organization, guid)) settled.set(guid, left[0])
    }
    return settled
  }

  #holdersOf(organization: OrganizationId, guid: string): readonly Holder[] {
    return this.#holders.get(organization)?.get(guid) ?? []
  }

  #guidsOf(organization: OrganizationId, userId: UserId): readonly string[] {
    const shared = this.#holders.get(organization)
    if (shared === undefined) return []
    return [...shared].flatMap(([guid, holders]) => (usersOf(holders).includes(userId) ? guid : []))
  }

  #set(organization: OrganizationId, guid: string, holders: readonly Holder[]): void {
    const shared = this.#holders.get(organization) ?? new Map<string, readonly Holder[]>()
    const before = usersOf(shared.get(guid) ?? [])
    const users = usersOf(holders)
    if (users.length > 1) shared.set(guid, holders)
    else shared.delete(guid)

    this.#holders.set(organization, shared)
    const { size: count } = shared
    if (users.some(user => !before.includes(user)))
      this.#onChange({ organization, kind: 'shared', users, count })
    else if (users.length <= 1 && before.length !== 0)
      this.#onChange({ organization, kind: 'settled', users: before, count })
  }
}

const usersOf = (holders: readonly Holder[]): readonly UserId[] => [
  ...new Set(holders.map(({ userId }) => userId)),
]

const isSame = (a: Holder, b: Holder): boolean => a.userId === b.userId && a.address === b.address
