/**
 * AWS Signature Version 4, from the side of whoever calls the control API.
 *
 * @module
 */

import { SignatureV4 } from '@smithy/signature-v4'
import type { Secret } from '../model/secret.ts'
import { Sha256 } from './sha256.ts'
import { SERVICE } from './sigv4-form.ts'

/** The gateway never judges by it; AWS does. */
const REGION = 'local'

/** A call of an operation, and with which key it is signed. */
export type UnsignedCall = Readonly<{
  url: URL
  /** As X-Amz-Target says. */
  target: string
  body: string
  accessKeyId: string
  secret: Secret
  /** Of a temporary key of AWS's. */
  sessionToken?: Secret
  /** Where the endpoint is AWS's. */
  region?: string
  /** Milliseconds since the epoch. */
  at: number
}>

/** All headers of a signed call but Host, which is that of the URL. */
export async function signCall(call: UnsignedCall): Promise<Readonly<Record<string, string>>> {
  const { url, target, body, accessKeyId, secret, sessionToken, region = REGION, at } = call
  const signer = new SignatureV4({
    service: SERVICE,
    region,
    sha256: Sha256,
    credentials: {
      accessKeyId,
      secretAccessKey: secret.reveal(),
      ...(sessionToken && { sessionToken: sessionToken.reveal() }),
    },
  })
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
      },
      body,
    },
    { signingDate: new Date(at) },
  )
  const { host: _, ...sent } = headers
  return sent
}
