/**
 * A signed request of the control API, as the AWS CLI sends it, and its verification.
 *
 * @module
 */

import { SignatureV4 } from '@smithy/signature-v4'
import { makeAccessKey } from '../src/credentials/access-key.ts'
import { AuthenticationRateLimiter } from '../src/credentials/authentication-rate-limiter.ts'
import type { SignedRequest } from '../src/credentials/credentials.ts'
import { KeyUsage } from '../src/credentials/key-usage.ts'
import { MasterKey } from '../src/credentials/master-key.ts'
import { Sha256 } from '../src/credentials/sha256.ts'
import { SignatureVerifier } from '../src/credentials/sigv4.ts'
import { organizationId } from '../src/model/identity.ts'
import { type Principal, principalId } from '../src/model/principal.ts'

const AT = Date.UTC(2026, 10, 24, 12)
const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
const BODY = JSON.stringify({ OrganizationId: ORGANIZATION })
const HEADERS = {
  host: '127.0.0.1:8081',
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'WorkMailService.ListImpersonationRoles',
}

/** @returns what verifies one and the same request again and again */
export async function signedRequest(): Promise<() => Promise<unknown>> {
  const principal: Principal = {
    id: principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a11'),
    organizationId: ORGANIZATION,
    name: 'admin',
    enabled: true,
    policy: { Version: '2012-10-17', Statement: [] },
  }
  const masterKey = new MasterKey(Buffer.alloc(32, 7))
  const { key, secret } = makeAccessKey(masterKey, principal.id, { now: () => AT })
  const verifier = new SignatureVerifier({
    credentials: { credential: async () => ({ principal, key }) },
    masterKey,
    rateLimiter: new AuthenticationRateLimiter(),
    usage: new KeyUsage({ keyUsed: async () => undefined }, () => undefined),
  })
  const request = await signed(key.id, secret.reveal())
  const { kind } = await verifier.verify(request)
  if (kind !== 'verified') throw new Error(`The signed request is ${kind}`)
  return () => verifier.verify(request)
}

async function signed(accessKeyId: string, secretAccessKey: string): Promise<SignedRequest> {
  const signer = new SignatureV4({
    service: 'workmail',
    region: 'eu-west-1',
    sha256: Sha256,
    credentials: { accessKeyId, secretAccessKey },
    applyChecksum: false,
  })
  const unsigned = { method: 'POST', protocol: 'http:', hostname: '', path: '/', body: BODY }
  const signingDate = new Date(AT)
  const { headers } = await signer.sign({ ...unsigned, headers: HEADERS }, { signingDate })
  return {
    method: 'POST',
    url: '/',
    headers: Object.entries(headers),
    body: Buffer.from(BODY),
    sourceAddress: '127.0.0.1',
    secure: true,
    at: AT,
  }
}
