/**
 * Signs calls of the control API, or of WorkMail, with AWS Signature Version 4.
 *
 * @module
 */

import { SignatureV4 } from '@smithy/signature-v4'
import type { Secret } from '../model/secret.ts'
import { Sha256 } from './sha256.ts'
import { SERVICE } from './sigv4-form.ts'

/** Region for calls of a gateway, which accepts any region. AWS requires the right one. */
const REGION = 'local'

/** A call of an operation, and the key that signs it. */
export type UnsignedCall = Readonly<{
  url: URL
  /** Value of X-Amz-Target. */
  target: string
  body: string
  accessKeyId: string
  secret: Secret
  /** Session token of a temporary key of AWS. */
  sessionToken?: Secret
  /** Region of an AWS endpoint. */
  region?: string
  /** Milliseconds since the epoch. */
  at: number
}>

/** Returns the headers of a signed call, except Host, which comes from the URL. */
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
