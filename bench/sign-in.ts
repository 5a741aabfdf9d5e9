/**
 * Requests that are authenticated by Basic, and by NTLM.
 *
 * @module
 */

import { makeAccessKey } from '../src/credentials/access-key.ts'
import { AuthenticationRateLimiter } from '../src/credentials/authentication-rate-limiter.ts'
import { BasicAuthenticator } from '../src/credentials/basic.ts'
import { ConnectionAuthenticator } from '../src/credentials/connection-authenticator.ts'
import type { Authentication, AuthenticationRequest } from '../src/credentials/credentials.ts'
import { KeyUsage } from '../src/credentials/key-usage.ts'
import { MasterKey } from '../src/credentials/master-key.ts'
import { NtlmScheme } from '../src/credentials/ntlm.ts'
import { SchemeAuthenticator } from '../src/credentials/schemes.ts'
import type { MaybePromise } from '../src/model/maybe-promise.ts'
import type { Credential } from '../src/model/principal.ts'
import { negotiateOf, ntlm, proofOf } from '../test/kit/ntlm-client.ts'

const AT = Date.UTC(2026, 10, 24, 12)

/** Returns what authenticates one request, by the way in which its client signed in. */
export function signIns(principal: Credential['principal']): Readonly<Record<string, () => void>> {
  const masterKey = new MasterKey(Buffer.alloc(32, 7))
  const { key, secret } = makeAccessKey(masterKey, principal.id, { now: () => AT })
  const credential = { key, principal }
  const rateLimiter = new AuthenticationRateLimiter()
  const ports = {
    credentials: { credential: () => credential },
    masterKey,
    rateLimiter,
    assumesOnly: () => true,
  }
  const basic = new BasicAuthenticator(ports)
  const authenticator = new SchemeAuthenticator({
    basic,
    bearer: basic,
    connections: new ConnectionAuthenticator(new NtlmScheme({ ...ports, hostNames: new Set() })),
    rateLimiter,
    usage: new KeyUsage({ keyUsed: async () => undefined }, () => undefined),
  })
  const request = (): AuthenticationRequest => ({
    sourceAddress: '192.0.2.1',
    at: AT,
    offer: { schemes: ['NTLM', 'Basic'], extendedProtection: 'allow' },
    connection: { isProxied: false, certificate: () => undefined },
    isPipelined: false,
  })
  const requireAccepted = (authentication: MaybePromise<Authentication>): void => {
    if (authentication instanceof Promise || authentication.kind !== 'authenticated')
      throw new Error('Not authenticated')
  }

  const pair = Buffer.from(`${key.id}:${secret.reveal()}`).toString('base64')
  const byBasic = { ...request(), authorization: `Basic ${pair}` }
  const first = { ...request(), authorization: ntlm(negotiateOf()) }
  const signIn = () => {
    const begun = authenticator.authenticate(first)
    if (begun instanceof Promise || begun.kind !== 'continue') throw new Error('No challenge')
    const challenge = Buffer.from(begun.token, 'base64')
    const proof = proofOf(challenge, { user: key.id, password: secret.reveal() })
    requireAccepted(authenticator.authenticate({ ...first, authorization: ntlm(proof) }))
  }
  signIn()
  const { authorization: _, ...byConnection } = first
  return {
    'authenticated by Basic': () => requireAccepted(authenticator.authenticate(byBasic)),
    'authenticated by a connection of NTLM': () =>
      requireAccepted(authenticator.authenticate(byConnection)),
    'NTLM: a whole sign-in, client included': signIn,
  }
}
