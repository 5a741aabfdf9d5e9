/**
 * Reads Active Directory, or a compatible directory, by LDAP. Does not follow referrals. Searches for a missing
 * user by ID before it treats the user as removed.
 *
 * @module
 */

import {
  type Client,
  EqualityFilter,
  type Filter,
  FilterParser,
  GreaterThanEqualsFilter,
  OrFilter,
} from 'ldapts'
import type { UserId } from '../model/identity.ts'
import {
  type Cursor,
  DirectoryError,
  type DirectorySource,
  type KnownEntries,
  type Listing,
  type SkippedEntry,
  type UserEntry,
} from './directory.ts'
import { connectTo, explain, type LdapConnection } from './ldap-client.ts'
import { ATTRIBUTES, type Attributes, bytesOfId, entryOf, idOf } from './ldap-entry.ts'
import { byName, GROUP_ATTRIBUTES, groupsOf } from './ldap-groups.ts'
import { andFilter, readEntry, type Search, searchBelow } from './ldap-search.ts'

/** Connection and searches of a directory. */
export type LdapOptions = LdapConnection &
  Readonly<{
    baseDn: string
    /** Filter of users. */
    userFilter: string
    /** Filter of groups. Every read reads all matching groups. */
    groupFilter: string
  }>

/** Number of IDs in one search. */
const IDS_PER_SEARCH = 50

export class LdapSource implements DirectorySource {
  readonly #options: LdapOptions

  constructor(options: LdapOptions) {
    this.#options = options
  }

  async read(known: KnownEntries, signal: AbortSignal): Promise<Listing> {
    const stopped = Promise.withResolvers<never>()
    const stop = () => stopped.reject(new DirectoryError('The synchronization was stopped'))
    signal.addEventListener('abort', stop, { once: true })
    const client = connectTo(this.#options)
    try {
      signal.throwIfAborted()
      return await Promise.race([this.#readBy(client, known), stopped.promise])
    } catch (error) {
      if (error instanceof DirectoryError) throw error
      throw new DirectoryError(explain(error), { cause: error })
    } finally {
      signal.removeEventListener('abort', stop)
      stopped.promise.catch(() => undefined)
      await client.unbind().catch(() => undefined)
    }
  }

  async #readBy(client: Client, known: KnownEntries): Promise<Listing> {
    const { bindDn, password, baseDn, groupFilter } = this.#options
    await client.bind(bindDn, password.reveal())
    const cursor = await readCursor(client)
    const search = searchBelow(client, baseDn)
    const { listed, changed, full } = await this.#list(search, known, cursor)
    const present = idsIn(listed)
    const read = idsIn(changed)
    const unknown = [...present].filter(
      id => !read.has(id) && (!known.entries.has(id) || known.again.has(id)),
    )
    const found = [...changed, ...(await this.#byId(search, unknown, ATTRIBUTES))]
    await this.#confirmAbsent(search, known, present)
    const groups = await groupsOf(
      await search(FilterParser.parseString(groupFilter), GROUP_ATTRIBUTES),
      byName(listed),
      (dn, attribute) => readEntry(client, dn, [attribute]),
    )

    const people = found.map(entryOf).filter(({ entryId }) => !entryId || present.has(entryId))
    return {
      present,
      entries: people.filter(isEntry),
      groups: groups.groups,
      unfit: [...people.filter(isSkipped), ...groups.unfit],
      full,
      ...(cursor && { cursor }),
    }
  }

  /** Returns the IDs of all users, and the entries of those that could have changed. */
  async #list(search: Search, { cursor: from }: KnownEntries, cursor: Cursor | undefined) {
    if (from === undefined || cursor?.server !== from.server) {
      const all = await search(this.#users(), ATTRIBUTES)
      return { listed: all, changed: all, full: true }
    }
    const value = String(BigInt(from.number) + 1n)
    const since = new GreaterThanEqualsFilter({ attribute: 'uSNChanged', value })
    const changed = await search(andFilter(this.#users(), since), ATTRIBUTES)
    return { listed: await search(this.#users(), ['objectGUID']), changed, full: false }
  }

  async #byId(search: Search, ids: readonly UserId[], attributes: string[]): Promise<Attributes[]> {
    const found: Attributes[] = []
    for (let at = 0; at < ids.length; at += IDS_PER_SEARCH) {
      const filters = ids
        .slice(at, at + IDS_PER_SEARCH)
        .map(id => new EqualityFilter({ attribute: 'objectGUID', value: bytesOfId(id) }))
      found.push(...(await search(andFilter(this.#users(), new OrFilter({ filters })), attributes)))
    }
    return found
  }

  /**
   * Searches by ID for users who are missing in the list of all users, because a server can truncate that list
   * without an error.
   */
  async #confirmAbsent(
    search: Search,
    known: KnownEntries,
    present: ReadonlySet<UserId>,
  ): Promise<void> {
    const missing = [...known.entries].filter(id => !present.has(id))
    const found = await this.#byId(search, missing, ['objectGUID'])
    if (found.length > 0)
      throw new DirectoryError(
        `The directory returned an incomplete list of users (missing: ${found.length}), so nothing was changed`,
      )
  }

  #users(): Filter {
    return FilterParser.parseString(this.#options.userFilter)
  }
}

/**
 * Returns the server's latest change number, and the ID of the database that the number belongs to. Another server,
 * or a restored one, has another ID, because its numbers are not comparable.
 */
async function readCursor(client: Client): Promise<Cursor | undefined> {
  const root = await readEntry(client, '', ['highestCommittedUSN', 'dsServiceName'])
  const { highestCommittedUSN: number, dsServiceName: service } = root ?? {}
  if (typeof number !== 'string' || !/^\d{1,19}$/.test(number)) return undefined
  if (typeof service !== 'string') return undefined
  const settings = await readEntry(client, service, ['invocationId'])
  const id = settings?.['invocationId']
  return Buffer.isBuffer(id) ? { server: id.toString('hex'), number } : undefined
}

const isEntry = (person: UserEntry | SkippedEntry): person is UserEntry => 'flaws' in person

const isSkipped = (person: UserEntry | SkippedEntry): person is SkippedEntry => !isEntry(person)

const idsIn = (found: readonly Attributes[]): ReadonlySet<UserId> =>
  new Set(found.map(idOf).filter(id => id !== undefined))
