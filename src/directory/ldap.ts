/**
 * A directory that is read by LDAP: Active Directory, or what looks like it.
 *
 * Referrals are not followed. Nobody counts as removed because a list does not have him: he is asked
 * for by his id.
 *
 * @module
 */

import {
  AndFilter,
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
import { ATTRIBUTES, type Attributes, BINARY, bytesOfId, entryOf, idOf } from './ldap-entry.ts'

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
  /** How long any one answer may take. */
  patienceMs: number
}>

const PAGE = 1_000
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
    const { bindDn, password } = this.#options
    await client.bind(bindDn, password.reveal())
    const cursor = await readCursor(client)
    const from = held.cursor
    const full = from === undefined || cursor === undefined || from.server !== cursor.server
    const changed = full ? await this.#entries(client) : await this.#changes(client, from)
    const present = full ? idsIn(changed) : await this.#ids(client)
    const read = idsIn(changed)
    const unknown = [...present].filter(
      id => !read.has(id) && (!held.entries.has(id) || held.again.has(id)),
    )
    const found = [...changed, ...(await this.#byId(client, unknown, ATTRIBUTES))]
    await this.#confirmAbsent(client, held, present)

    const people = found.map(entryOf).filter(({ entryId }) => !entryId || present.has(entryId))
    return {
      present,
      entries: people.filter(isEntry),
      unfit: people.filter(isUnfit),
      full,
      ...(cursor && { cursor }),
    }
  }

  #entries(client: Client): Promise<Attributes[]> {
    return this.#search(client, this.#users(), ATTRIBUTES)
  }

  #changes(client: Client, { number }: Cursor): Promise<Attributes[]> {
    const since = new GreaterThanEqualsFilter({
      attribute: 'uSNChanged',
      value: String(BigInt(number) + 1n),
    })
    return this.#search(client, both(this.#users(), since), ATTRIBUTES)
  }

  async #ids(client: Client): Promise<ReadonlySet<UserId>> {
    return idsIn(await this.#search(client, this.#users(), ['objectGUID']))
  }

  async #byId(client: Client, ids: readonly UserId[], attributes: string[]): Promise<Attributes[]> {
    const found: Attributes[] = []
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const filters = ids
        .slice(at, at + IDS_AT_ONCE)
        .map(id => new EqualityFilter({ attribute: 'objectGUID', value: bytesOfId(id) }))
      const asked = both(this.#users(), new OrFilter({ filters }))
      found.push(...(await this.#search(client, asked, attributes)))
    }
    return found
  }

  /** A server may break off a list without saying so. */
  async #confirmAbsent(client: Client, held: Held, present: ReadonlySet<UserId>): Promise<void> {
    const missing = [...held.entries].filter(id => !present.has(id))
    const found = await this.#byId(client, missing, ['objectGUID'])
    if (found.length > 0)
      throw new DirectoryError(
        `The list was not whole: ${found.length} users were not in it who are there`,
      )
  }

  #users(): Filter {
    return FilterParser.parseString(this.#options.userFilter)
  }

  /** All that match, however many pages that takes. */
  async #search(client: Client, filter: Filter, attributes: string[]): Promise<Attributes[]> {
    const found: Attributes[] = []
    const pages = client.searchPaginated(this.#options.baseDn, {
      scope: 'sub',
      filter,
      attributes,
      explicitBufferAttributes: BINARY,
      paged: { pageSize: PAGE },
    })
    for await (const { searchEntries } of pages) found.push(...(searchEntries as Attributes[]))
    return found
  }
}

/**
 * Where the server's count of changes stands, and whose count that is: another server's, or that of
 * one that was restored, begins elsewhere.
 */
async function readCursor(client: Client): Promise<Cursor | undefined> {
  const [root] = await readOne(client, '', ['highestCommittedUSN', 'dsServiceName'])
  const { highestCommittedUSN: number, dsServiceName: service } = root ?? {}
  if (typeof number !== 'string' || !/^\d{1,19}$/.test(number)) return undefined
  if (typeof service !== 'string') return undefined
  const [settings] = await readOne(client, service, ['invocationId'])
  const id = settings?.['invocationId']
  return Buffer.isBuffer(id) ? { server: id.toString('hex'), number } : undefined
}

async function readOne(client: Client, dn: string, attributes: string[]): Promise<Attributes[]> {
  const found = await client.search(dn, {
    scope: 'base',
    attributes,
    explicitBufferAttributes: ['invocationId'],
  })
  return found.searchEntries as Attributes[]
}

const isSecure = (url: string) => /^ldaps:/i.test(url)

const isEntry = (person: Entry | Unfit): person is Entry => 'flaws' in person

const isUnfit = (person: Entry | Unfit): person is Unfit => !isEntry(person)

const both = (one: Filter, other: Filter) => new AndFilter({ filters: [one, other] })

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
