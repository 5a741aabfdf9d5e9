/**
 * Requests that AWS's own signer signs, and a verifier for them.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { SignedRequest, Verification } from '../../src/credentials/credentials.ts'
import { Sha256 } from '../../src/credentials/sha256.ts'
import { SignatureVerifier } from '../../src/credentials/sigv4.ts'
import { ADDRESS, type CredentialFixture, ORGANIZATION, openFixture, T } from './fixture.ts'

export const BODY = JSON.stringify({ OrganizationId: ORGANIZATION })
export const JSON_1_1 = 'application/x-amz-json-1.1'
export const TARGET = 'WorkMailService.ListImpersonationRoles'

type Headers = Readonly<Record<string, string>>

/** As botocore and the AWS CLI sign. */
export const CLI: Headers = {
  host: '127.0.0.1:8081',
  'content-type': JSON_1_1,
  'x-amz-target': TARGET,
}

/** As the AWS SDK for JavaScript signs. */
export const SDK: Headers = {
  ...CLI,
  'amz-sdk-invocation-id': 'd1a2',
  'amz-sdk-request': 'attempt=1; max=3',
  'content-length': String(BODY.length),
  'x-amz-content-sha256': hash('sha256', BODY, 'hex'),
  'x-amz-user-agent': 'aws-sdk-js/3.1048.0   ua/2.1',
}

type Signing = Readonly<{
  headers?: Headers
  /** Sent, but not signed. */
  unsigned?: Headers
  path?: string
  body?: string
  secret?: string
  keyId?: string
  service?: string
  region?: string
  at?: number
}>

/** A request signed by AWS's own signer. */
export async function sign(
  fixture: CredentialFixture,
  signing: Signing = {},
): Promise<SignedRequest> {
  const { headers = CLI, unsigned = {}, path = '/', body = BODY, at = T } = signing
  const signer = new SignatureV4({
    service: signing.service ?? 'workmail',
    region: signing.region ?? 'eu-west-1',
    sha256: Sha256,
    credentials: {
      accessKeyId: signing.keyId ?? fixture.key.id,
      secretAccessKey: signing.secret ?? fixture.secret,
    },
    applyChecksum: false,
  })
  const signed = await signer.sign(
    { method: 'POST', protocol: 'http:', hostname: '', path, headers: { ...headers }, body },
    { signingDate: new Date(at) },
  )
  return {
    method: 'POST',
    url: path,
    headers: Object.entries({ ...signed.headers, ...unsigned }),
    body: Buffer.from(body),
    sourceAddress: ADDRESS,
    secure: true,
    at: T,
  }
}

export const open = async () => {
  const fixture = await openFixture()
  const verifier = new SignatureVerifier({ ...fixture, credentials: fixture.store })
  return { fixture, verifier }
}

export const summary = (verification: Verification): string =>
  verification.kind === 'verified' ? verification.principal.name : verification.problem

/** The same request with some of its headers changed, added or, where undefined, left out. */
export const withHeaders = (
  request: SignedRequest,
  change: Readonly<Record<string, string | undefined>>,
): SignedRequest => ({
  ...request,
  headers: [
    ...request.headers.filter(([name]) => !Object.hasOwn(change, name)),
    ...Object.entries(change).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    ),
  ],
})

export const headerOf = ({ headers }: SignedRequest, name: string): string =>
  headers.find(([known]) => known === name)?.[1] ?? ''

export const editAuthorization = (request: SignedRequest, from: string | RegExp, to: string) =>
  withHeaders(request, { authorization: headerOf(request, 'authorization').replace(from, to) })

export const basicOf = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

export const INVALID = 'InvalidSignatureException'
export const UNKNOWN = 'UnrecognizedClientException'
