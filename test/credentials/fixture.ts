/**
 * An organization in a store of its own, with a role, a principal and its key: what the tests of
 * credentials start from.
 *
 * @module
 */

import type { PolicyWatch } from '../../src/cache/cache.ts'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import { AuthenticationRateLimiter } from '../../src/credentials/authentication-rate-limiter.ts'
import type { AuthenticationRequest } from '../../src/credentials/credentials.ts'
import { KeyUsage } from '../../src/credentials/key-usage.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { organizationId } from '../../src/model/identity.ts'
import { type AccessKey, type Principal, principalId } from '../../src/model/principal.ts'
import { DEFAULT_GUARD, type ImpersonationRole, roleId } from '../../src/model/role.ts'
import { DEFAULT_OFFER } from '../../src/model/sign-in.ts'
import type { Store } from '../../src/store/store.ts'
import { openNewStore } from '../kit/store-file.ts'

export const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
/** 2026-11-24T12:00:00Z. */
export const T = Date.UTC(2026, 10, 24, 12)
export const ADDRESS = '192.0.2.7'

export const MASTER_KEY = new MasterKey(Buffer.alloc(32, 7))

/** A request without credentials, on a connection of its own. */
export const anonymous = (): AuthenticationRequest => ({
  sourceAddress: ADDRESS,
  at: T,
  offer: DEFAULT_OFFER,
  connection: { isProxied: false, certificate: () => undefined },
  isPipelined: false,
})

export type CredentialFixture = Readonly<{
  store: Store
  masterKey: MasterKey
  rateLimiter: AuthenticationRateLimiter
  usage: KeyUsage
  /** Every failure to note that a key was used. */
  unnoted: unknown[]
  role: ImpersonationRole
  principal: Principal
  key: AccessKey
  secret: string
  /** May be set. */
  clock: { at: number }
  /** Sees the store at every question, and notes which versions had to be seen. */
  watch: Pick<PolicyWatch, 'epoch' | 'reach'> & Readonly<{ reached: number[] }>
}>

/** @param openStore - opens a new store on a clock */
export async function openFixture(openStore = openNewStore): Promise<CredentialFixture> {
  const clock = { at: T }
  const store = await openStore(() => clock.at)
  const masterKey = MASTER_KEY
  const role = await store.putRole({
    id: roleId('2d2a8a2f-7f6d-4b0e-9a57-6b1f7c1d9e10'),
    organizationId: ORGANIZATION,
    name: 'backup',
    type: 'READ_ONLY',
    rules: [{ id: 'everyone', effect: 'ALLOW' }],
    guard: DEFAULT_GUARD,
  })
  const principal: Principal = {
    id: principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a11'),
    organizationId: ORGANIZATION,
    name: 'backup-tool',
    enabled: true,
    policy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: [ASSUME_ROLE], Resource: ['*'] }],
    },
  }
  await store.putPrincipal(principal)
  const { key, secret } = makeAccessKey(masterKey, principal.id, { now: () => T })
  await store.putKey(key)
  const unnoted: unknown[] = []
  const reached: number[] = []
  return {
    store,
    masterKey,
    rateLimiter: new AuthenticationRateLimiter(),
    usage: new KeyUsage(store, error => unnoted.push(error)),
    unnoted,
    role,
    principal,
    key,
    secret: secret.reveal(),
    clock,
    watch: {
      epoch: () => store.epoch(),
      reach: async (_, version) => void reached.push(version),
      reached,
    },
  }
}
