/**
 * A store whose users are copied from an LDAP server: what the tests of that start from.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { type LdapOptions, LdapSource } from '../../src/directory/ldap.ts'
import { Synchronizer, type SynchronizerOptions } from '../../src/directory/synchronizer.ts'
import { organizationId } from '../../src/model/identity.ts'
import { Secret } from '../../src/model/secret.ts'
import type { Store } from '../../src/store/store.ts'
import { lend } from '../kit/services/lend.ts'
import { BASE, READER, Slapd, type SlapdOptions } from '../kit/services/slapd.ts'
import { openNewStore } from '../kit/store-file.ts'
import { ldifOf, type Person, Writer } from './people.ts'

export const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')

/** Clock that a test moves. */
export type Clock = { now: number }

export type Copying = Readonly<{
  server: Slapd
  writer: Writer
  store: Store
  clock: Clock
  sync: Synchronizer
  /** Another one over the same store. */
  another: (options?: Partial<SynchronizerOptions>) => Synchronizer
  /** Primary addresses in the store. */
  known: () => Promise<readonly string[]>
}>

export const sourceOf = (
  url: string,
  more: Omit<Partial<LdapOptions>, 'ca'> & { ca?: string } = {},
): LdapSource =>
  new LdapSource({
    url,
    bindDn: READER.bindDn,
    password: new Secret(READER.password),
    baseDn: BASE,
    userFilter: '(&(objectCategory=person)(objectClass=user)(mail=*))',
    groupFilter: '(objectClass=group)',
    timeoutMs: 3_600_000,
    ...more,
  })

/** Starts a sync of these people to an empty store. It ends with the test. */
export async function startCopying(
  t: Test,
  some: readonly Person[],
  options: SlapdOptions = {},
): Promise<Copying> {
  const { ldif = '', ...more } = options
  const server = await lend(t, Slapd.start({ ldif: `${ldifOf(some)}\n${ldif}`, ...more }))
  const clock = { now: Date.UTC(2026, 10, 25) }
  const store = await openNewStore(() => clock.now)
  t.teardown(() => store.close())
  const another: Copying['another'] = (others = {}) =>
    new Synchronizer({
      organization: ORGANIZATION,
      source: sourceOf(server.url),
      store,
      holder: 'gw-1',
      intervalMs: 300_000,
      disabled: [],
      now: () => clock.now,
      announce: async () => undefined,
      recordsOf: () => [{ id: randomUUID(), record: '{}' }],
      deliver: async () => undefined,
      ...others,
    })
  return {
    server,
    writer: await Writer.to(server, t),
    store,
    clock,
    sync: another(),
    another,
    known: async () =>
      (await store.users(ORGANIZATION)).map(({ primarySmtpAddress }) => primarySmtpAddress),
  }
}

export const now = { acceptRemovals: false } as const
