/**
 * Sign-in by NTLM with the key of a fixture, without HTTP.
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConnectionAuthenticator } from '../../src/credentials/connection-authenticator.ts'
import type { Authentication, AuthenticationRequest } from '../../src/credentials/credentials.ts'
import { NtlmScheme } from '../../src/credentials/ntlm.ts'
import { DEFAULT_OFFER } from '../../src/model/sign-in.ts'
import { channelBindingHash } from '../../src/ntlm/channel-binding.ts'
import { assumesOnly } from '../../src/policy/iam.ts'
import { negotiateOf, ntlm, type ProofParts, proofOf } from '../kit/ntlm-client.ts'
import { anonymous, openFixture } from './fixture.ts'

export const HOST = 'ews.example.com'

const vectors = new URL('../../fixtures/ntlm.json', import.meta.url)
const { serverCertificatePem } = JSON.parse(readFileSync(vectors, 'utf8'))
const CERTIFICATE = new X509Certificate(serverCertificatePem).raw

/** Binding of a client that sees the gateway's certificate. */
export const BINDING = channelBindingHash(CERTIFICATE)

/** Offers NTLM. */
export const OFFER = { ...DEFAULT_OFFER, schemes: ['NTLM', 'Basic'] } as const
export const REQUIRING = { ...OFFER, extendedProtection: 'require' } as const

/** Sends a request with other parts than {@link anonymous}. */
export type Send = (part?: Partial<AuthenticationRequest>) => Promise<Authentication | undefined>

export async function openNtlm() {
  const fixture = await openFixture()
  const { store, masterKey, rateLimiter, key, secret } = fixture
  const ports = { credentials: store, masterKey, rateLimiter, assumesOnly }
  const scheme = new NtlmScheme({ ...ports, hostNames: new Set([HOST]) })
  const authenticator = new ConnectionAuthenticator(scheme)
  const account = { user: key.id as string, password: secret }

  const connect = (isTls = true): Send => {
    const certificate = () => (isTls ? CERTIFICATE : undefined)
    const request = {
      ...anonymous(),
      offer: OFFER,
      connection: { isProxied: false, certificate },
    }
    return async part => await authenticator.authenticate({ ...request, ...part })
  }

  /** Sends a first message, and returns the challenge. */
  const challengeOn = async (
    send: Send,
    part: Partial<AuthenticationRequest> = {},
    negotiate = negotiateOf(),
  ) => {
    const begun = await send({ ...part, authorization: ntlm(negotiate) })
    if (begun?.kind !== 'continue') throw new Error(`No challenge, but ${begun?.kind}`)
    return Buffer.from(begun.token, 'base64')
  }

  /** Signs in on a connection. */
  const signInOn = async (
    send: Send,
    parts: Partial<ProofParts> = {},
    part: Partial<AuthenticationRequest> = {},
  ) => {
    const { negotiate = negotiateOf() } = parts
    const challenge = await challengeOn(send, part, negotiate)
    const proof = proofOf(challenge, { ...account, negotiate, ...parts })
    return await send({ ...part, authorization: ntlm(proof) })
  }

  return { fixture, account, connect, challengeOn, signInOn }
}
