/**
 * A directory that is read by LDAP: Active Directory, or what looks like it.
 *
 * Referrals are not followed. Nobody counts as removed because a list does not have him: he is asked
 * for by his id.
 *
 * @module
 */

import {
  Client,
  EqualityFilter,
  type Filter,
  FilterParser,
  GreaterThanEqualsFilter,
  OrFilter,
} from 'ldapts'
import type { UserId } from '../model/identity.ts'
import type { Secret } from '../model/secret.ts'
import {
  type Cursor,
  DirectoryError,
  type DirectorySource,
  type Entry,
  type Held,
  type Listing,
  type Unfit,
} from './directory.ts'
import { ATTRIBUTES, type Attributes, bytesOfId, entryOf, idOf } from './ldap-entry.ts'
import { byName, GROUP_ATTRIBUTES, groupsOf } from './ldap-groups.ts'
import { both, readEntry, type Search, searchBelow } from './ldap-search.ts'

export type LdapOptions = Readonly<{
  /** `ldaps://…`, or `ldap://…` where what is read may be seen and changed on its way. */
  url: string
  /** Distinguished name, or another name that the server takes. */
  bindDn: string
  password: Secret
  /** Authorities in PEM, instead of the well-known ones. */
  ca?: string
  baseDn: string
  /** Whose entries are users. */
  userFilter: string
  /** Whose entries are groups; all of them are read each time. */
  groupFilter: string
  /** How long any one answer may take. */
  patienceMs: number
}>

/** Ids in one question. */
const IDS_AT_ONCE = 50

export class LdapSource implements DirectorySource {
  readonly #options: LdapOptions

  constructor(options: LdapOptions) {
    this.#options = options
  }

  async read(held: Held, signal: AbortSignal): Promise<Listing> {
    const { url, patienceMs, ca } = this.#options
    const stopped = Promise.withResolvers<never>()
    const stop = () => stopped.reject(new DirectoryError('It was stopped'))
    signal.addEventListener('abort', stop, { once: true })
    const client = new Client({
      url,
      timeout: patienceMs,
      connectTimeout: patienceMs,
      ...(isSecure(url) && { tlsOptions: { ...(ca !== undefined && { ca }) } }),
    })
    try {
      signal.throwIfAborted()
      return await Promise.race([this.#readBy(client, held), stopped.promise])
    } catch (error) {
      if (error instanceof DirectoryError) throw error
      throw new DirectoryError(explain(error), { cause: error })
    } finally {
      signal.removeEventListener('abort', stop)
      stopped.promise.catch(() => undefined)
      await client.unbind().catch(() => undefined)
    }
  }

  async #readBy(client: Client, held: Held): Promise<Listing> {
    const { bindDn, password, baseDn, groupFilter } = this.#options
    await client.bind(bindDn, password.reveal())
    const cursor = await readCursor(client)
    const search = searchBelow(client, baseDn)
    const { listed, changed, full } = await this.#list(search, held, cursor)
    const present = idsIn(listed)
    const read = idsIn(changed)
    const unknown = [...present].filter(
      id => !read.has(id) && (!held.entries.has(id) || held.again.has(id)),
    )
    const found = [...changed, ...(await this.#byId(search, unknown, ATTRIBUTES))]
    await this.#confirmAbsent(search, held, present)
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
      unfit: [...people.filter(isUnfit), ...groups.unfit],
      full,
      ...(cursor && { cursor }),
    }
  }

  /** Everybody, and of them those who may have changed. */
  async #list(search: Search, { cursor: from }: Held, cursor: Cursor | undefined) {
    if (from === undefined || cursor?.server !== from.server) {
      const all = await search(this.#users(), ATTRIBUTES)
      return { listed: all, changed: all, full: true }
    }
    const value = String(BigInt(from.number) + 1n)
    const since = new GreaterThanEqualsFilter({ attribute: 'uSNChanged', value })
    const changed = await search(both(this.#users(), since), ATTRIBUTES)
    return { listed: await search(this.#users(), ['objectGUID']), changed, full: false }
  }

  async #byId(search: Search, ids: readonly UserId[], attributes: string[]): Promise<Attributes[]> {
    const found: Attributes[] = []
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const filters = ids
        .slice(at, at + IDS_AT_ONCE)
        .map(id => new EqualityFilter({ attribute: 'objectGUID', value: bytesOfId(id) }))
      found.push(...(await search(both(this.#users(), new OrFilter({ filters })), attributes)))
    }
    return found
  }

  /** A server may break off a list without saying so. */
  async #confirmAbsent(search: Search, held: Held, present: ReadonlySet<UserId>): Promise<void> {
    const missing = [...held.entries].filter(id => !present.has(id))
    const found = await this.#byId(search, missing, ['objectGUID'])
    if (found.length > 0)
      throw new DirectoryError(
        `The list was not whole: ${found.length} users were not in it who are there`,
      )
  }

  #users(): Filter {
    return FilterParser.parseString(this.#options.userFilter)
  }
}

/**
 * Where the server's count of changes stands, and whose count that is: another server's, or that of
 * one that was restored, begins elsewhere.
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

const isSecure = (url: string) => /^ldaps:/i.test(url)

const isEntry = (person: Entry | Unfit): person is Entry => 'flaws' in person

const isUnfit = (person: Entry | Unfit): person is Unfit => !isEntry(person)

const idsIn = (found: readonly Attributes[]): ReadonlySet<UserId> =>
  new Set(found.map(idOf).filter(id => id !== undefined))

/** What went wrong, with what to do where that is known. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const advice = ADVICE.find(([pattern]) => pattern.test(`${error.name} ${codeOf(error)}`))?.[1]
  const message = error.message || codeOf(error)
  return advice === undefined ? message : `${message}: ${advice}`
}

const codeOf = (error: Error) => ('code' in error ? String(error.code) : '')

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/InvalidCredentials/, 'see bindDn and password'],
  [/StrongAuthRequired|ConfidentialityRequired/, 'the server wants TLS: use an ldaps URL'],
  [/NoSuchObject/, 'see baseDn'],
  [/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/, 'see ca, and the name in the url'],
]
