/**
 * Loads the ways to sign in that the configuration chooses.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import type { AccountPasswords } from '../credentials/account-passwords.ts'
import type { ConnectionAuthenticator } from '../credentials/connection-authenticator.ts'
import type { AccountAuthenticator, AccountPorts } from '../credentials/directory-accounts.ts'
import type { IssuerAuthenticator, IssuerPorts } from '../credentials/issuer-tokens.ts'
import type { KeyPorts } from '../credentials/key-authenticator.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import type { GatewaySettings } from '../gateway/ports.ts'
import { type OrganizationId, organizationId } from '../model/identity.ts'
import type { FleetStateStore } from '../store/store.ts'
import type { UnreadableWatch } from './unreadable.ts'

/** Maximum wait for each response of a directory server when a client signs in. */
const DIRECTORY_TIMEOUT_MS = 5_000

/**
 * Maximum time from recording a password until the directory counts it. A pause is longer by this time, so that it
 * doesn't end before the directory resets its count.
 */
const DIRECTORY_DELAY_MS = 60_000

/** Minimum time between two requests for an unknown key of an issuer. */
const ISSUER_COOLDOWN_MS = 5_000

/** Returns the authenticator for the `connections` of the schemes; empty if no host name offers such a scheme. */
export async function connectionsOf(
  { offers }: GatewaySettings,
  ports: KeyPorts,
): Promise<{ connections?: ConnectionAuthenticator }> {
  const offering = [...offers].filter(([, { schemes }]) => schemes.includes('NTLM'))
  if (offering.length === 0) return {}
  const [{ ConnectionAuthenticator }, { NtlmScheme }] = await Promise.all([
    import('../credentials/connection-authenticator.ts'),
    import('../credentials/ntlm.ts'),
  ])
  const hostNames = new Set(offering.map(([name]) => name))
  return { connections: new ConnectionAuthenticator(new NtlmScheme({ ...ports, hostNames })) }
}

/** How often open requests are reevaluated within the maximum age, if accounts of a directory can sign in. */
const CHECKS_PER_MAX_AGE = 5

/** Returns the interval at which open requests are reevaluated, in milliseconds. */
export const reevaluationMs = ({ signIn, propagation }: Config): number =>
  (propagation.maxAgeSeconds * 1_000) / (signIn.directoryAccounts.enabled ? CHECKS_PER_MAX_AGE : 1)

type AccountDependencies = Omit<AccountPorts, 'passwords'> &
  Readonly<{
    store: FleetStateStore
    masterKey: MasterKey
    /** Returns the latest time that the process has seen, in milliseconds since the epoch. */
    latest: () => number
    unreadable: Pick<UnreadableWatch, 'saw'>
  }>

/** Returns the authenticator for the `accounts` of the schemes; empty if no account of a directory can sign in. */
export async function accountsOf(
  config: Config,
  { store, masterKey, latest, unreadable, ...ports }: AccountDependencies,
): Promise<{ accounts?: AccountAuthenticator }> {
  const { signIn, organizations, propagation } = config
  const limits = signIn.directoryAccounts
  if (!limits.enabled) return {}
  const [{ AccountAuthenticator }, { AccountPasswords }, { LdapAccounts }] = await Promise.all([
    import('../credentials/directory-accounts.ts'),
    import('../credentials/account-passwords.ts'),
    import('../directory/ldap-accounts.ts'),
  ])
  const passwords = new Map<OrganizationId, AccountPasswords>()
  for (const { id, directory } of organizations) {
    if (directory.kind !== 'ldap') continue
    const organization = organizationId(id)
    const keyOf = (sid: string) => `account:${organization}:${sid}` as const
    passwords.set(
      organization,
      new AccountPasswords({
        directory: new LdapAccounts({
          ...directory,
          timeoutMs: DIRECTORY_TIMEOUT_MS,
          // An account that has expired stays expired.
          now: latest,
        }),
        states: {
          read: sid => store.fleetState(keyOf(sid)),
          replace: (sid, text, before) => store.putFleetState(keyOf(sid), text, before),
          unreadable: id =>
            unreadable.saw([{ kind: 'account-state', id, organizationId: organization }]),
        },
        masterKey,
        failuresBeforePause: limits.failuresBeforePause,
        pauseMs: limits.pauseMinutes * 60_000 + DIRECTORY_DELAY_MS,
        maxAgeMs: propagation.maxAgeSeconds * 1_000,
        checkMs: reevaluationMs(config),
        now: Date.now,
        latest,
      }),
    )
  }
  return { accounts: new AccountAuthenticator({ ...ports, passwords }) }
}

/** Returns the authenticator for the `issuers` of the schemes; empty if no issuer is trusted. */
export async function issuersOf(
  { signIn: { issuers: trusted }, propagation }: Config,
  { identities, rateLimiter, assumesOnly }: Omit<IssuerPorts, 'issuers'>,
): Promise<{ issuers?: IssuerAuthenticator }> {
  if (trusted.length === 0) return {}
  const [{ IssuerAuthenticator }, { keysOfIssuer }] = await Promise.all([
    import('../credentials/issuer-tokens.ts'),
    import('../credentials/issuer-keys.ts'),
  ])
  const maxAgeMs = propagation.maxAgeSeconds * 1_000
  const issuers = trusted.map(({ jwksUrl, ca, ...issuer }) => ({
    ...issuer,
    keys: keysOfIssuer({
      jwksUrl,
      ...(ca !== undefined && { ca }),
      maxAgeMs,
      cooldownMs: ISSUER_COOLDOWN_MS,
    }),
  }))
  return { issuers: new IssuerAuthenticator({ issuers, identities, rateLimiter, assumesOnly }) }
}
