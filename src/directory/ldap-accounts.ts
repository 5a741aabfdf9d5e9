/**
 * Finds accounts of a directory by their SID, and signs in as them, to check a password.
 *
 * Each call has connections of its own, so no identity outlives it. The entry of an account is found by the account
 * that reads the directory, and its distinguished name signs in. So a new name of an account needs no change here.
 *
 * @module
 */

import { type Client, EqualityFilter, InvalidCredentialsError } from 'ldapts'
import { Failure } from '../model/failure.ts'
import { connectTo, explain, type LdapConnection } from './ldap-client.ts'
import { type Attributes, bytesOfSid, sidText, textsOf, valuesOf } from './ldap-entry.ts'
import { readEntry } from './ldap-search.ts'

/** An account as the directory describes it. */
type Account = Readonly<{ dn: string; enabled: boolean; passwordSetAt: string | undefined }>

/** Result of a bind, with the reason that Active Directory gives for a rejection. */
type Bound = Readonly<{ kind: 'accepted' }> | Readonly<{ kind: 'rejected'; code?: string }>

type AccountOptions = LdapConnection &
  Readonly<{
    /** Entry below which accounts are. */
    baseDn: string
    /** Returns the time in milliseconds since the epoch. */
    now: () => number
  }>

/** Flag of userAccountControl. */
const DISABLED = 0x2

/** Directories count times in units of 100 ns, and durations below zero. */
const TICKS_PER_MS = 10_000
const TICKS_PER_MINUTE = 60_000 * TICKS_PER_MS

/** Milliseconds between 1601, the epoch of Active Directory, and 1970. */
const EPOCH_MS = 11_644_473_600_000

export class LdapAccounts {
  readonly #options: AccountOptions

  constructor(options: AccountOptions) {
    this.#options = options
  }

  /**
   * Returns the account with a SID, or undefined if there is none.
   *
   * @throws Failure `policy-unavailable`
   */
  find(sid: string): Promise<Account | undefined> {
    const { bindDn, password, baseDn, now } = this.#options
    return this.#with(async client => {
      await client.bind(bindDn, password.reveal())
      const { searchEntries } = await client.search(baseDn, {
        scope: 'sub',
        filter: new EqualityFilter({ attribute: 'objectSid', value: bytesOfSid(sid) }),
        attributes: ['userAccountControl', 'accountExpires', 'pwdLastSet'],
        sizeLimit: 2,
      })
      const [entry, another] = searchEntries as Attributes[]
      if (entry === undefined || another !== undefined) return undefined
      const [dn = ''] = textsOf(entry, 'dn')
      const [flags = '0'] = textsOf(entry, 'userAccountControl')
      const [expiry = '0'] = textsOf(entry, 'accountExpires')
      const [passwordSetAt] = textsOf(entry, 'pwdLastSet')
      const isDisabled = (Number(flags) & DISABLED) !== 0
      return { dn, enabled: !isDisabled && now() < expiryOf(Number(expiry)), passwordSetAt }
    })
  }

  /**
   * Signs in with a password, which must not be empty.
   *
   * @throws Failure `policy-unavailable`
   */
  bind(sid: string, { dn }: Pick<Account, 'dn'>, password: string): Promise<Bound> {
    if (password === '') throw new TypeError('A bind with an empty password proves nothing')
    return this.#with(async client => {
      try {
        await client.bind(dn, password)
      } catch (error) {
        if (!(error instanceof InvalidCredentialsError)) throw error
        const [, code] = /\bdata ([0-9a-f]{1,8})\b/.exec(error.message) ?? []
        return { kind: 'rejected', ...(code !== undefined && { code }) }
      }
      const own = await sidOfClient(client)
      return own === undefined || own === sid ? { kind: 'accepted' } : { kind: 'rejected' }
    })
  }

  /**
   * Returns when the domain locks an account: after how many wrong passwords, with 0 for never, and how long it counts
   * them.
   *
   * @throws Failure `policy-unavailable`
   */
  lockout(): Promise<Readonly<{ threshold: number; resetMinutes: number }>> {
    const { bindDn, password, baseDn } = this.#options
    return this.#with(async client => {
      await client.bind(bindDn, password.reveal())
      const attributes = ['lockoutThreshold', 'lockOutObservationWindow']
      const entry = (await readEntry(client, baseDn, attributes)) ?? {}
      const [threshold = '0'] = textsOf(entry, 'lockoutThreshold')
      const [window = '0'] = textsOf(entry, 'lockOutObservationWindow')
      return { threshold: Number(threshold), resetMinutes: -Number(window) / TICKS_PER_MINUTE }
    })
  }

  async #with<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = connectTo(this.#options)
    try {
      return await work(client)
    } catch (cause) {
      throw new Failure('policy-unavailable', `Cannot use the directory: ${explain(cause)}`, {
        cause,
      })
    } finally {
      await client.unbind().catch(() => undefined)
    }
  }
}

/** Returns when an account expires, in milliseconds since 1970. The value 0 means never, as does one far in the future. */
const expiryOf = (ticks: number) =>
  ticks === 0 ? Number.POSITIVE_INFINITY : ticks / TICKS_PER_MS - EPOCH_MS

/** Returns the SID of the account that has signed in, which Active Directory lists first; undefined elsewhere. */
async function sidOfClient(client: Client): Promise<string | undefined> {
  const { searchEntries } = await client.search('', {
    scope: 'base',
    attributes: ['tokenGroups'],
    explicitBufferAttributes: ['tokenGroups'],
  })
  const [root = {}] = searchEntries as Attributes[]
  const [first] = valuesOf(root, 'tokenGroups')
  return Buffer.isBuffer(first) ? sidText(first) : undefined
}
