/**
 * Verifies AWS Signature Version 4, with which the AWS CLI and SDKs sign their calls. Over TLS or from the same
 * machine, also accepts Basic authentication, for tools that cannot sign. Accepts any region. The signature must
 * cover host, date, target, content type, path, and body.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @module
 */

import { hash, randomUUID, timingSafeEqual } from 'node:crypto'
import { type AccessKeyId, isUsable } from '../model/principal.ts'
import { isWithin, type Moment } from '../model/validity.ts'
import type { CredentialReader } from '../store/store.ts'
import { isOurKeyId, unsealSecret } from './access-key.ts'
import type { AuthenticationRateLimiter } from './authentication-rate-limiter.ts'
import { BasicAuthenticator } from './basic.ts'
import {
  type KeyOwner,
  ownerOf,
  type RequestVerifier,
  type SecretVerifier,
  type SignatureProblem,
  type SignedHead,
  type SignedRequest,
  type TypedKey,
  type Verification,
} from './credentials.ts'
import type { KeyUsage } from './key-usage.ts'
import type { MasterKey } from './master-key.ts'
import { Sha256 } from './sha256.ts'
import {
  type Authorization,
  type Headers,
  payloadProblem,
  readSigned,
  SERVICE,
} from './sigv4-form.ts'

/** Dependencies of a {@link SignatureVerifier}. */
export type VerifierPorts = Readonly<{
  credentials: CredentialReader
  masterKey: MasterKey
  rateLimiter: AuthenticationRateLimiter
  usage: KeyUsage
}>

type Refused = Extract<Verification, { kind: 'refused' }>

/** Secret that is used if a key does not exist, so that rejecting it takes as long as a wrong secret. */
const DUMMY_SECRET = randomUUID()

const UNKNOWN_KEY =
  'The access key is unknown, disabled, or expired, or its secret is wrong. Use the ID and the secret of a valid key.'

/** Verifies SigV4 signatures and Basic authentication. */
export class SignatureVerifier implements RequestVerifier, SecretVerifier {
  readonly #ports: VerifierPorts
  readonly #basic: BasicAuthenticator

  constructor(ports: VerifierPorts) {
    const { credentials, masterKey, rateLimiter } = ports
    this.#ports = ports
    // Accepts any policy. Unlike EWS clients, administrators may have permissions other than assuming roles.
    const assumesOnly = () => true
    this.#basic = new BasicAuthenticator({ credentials, masterKey, rateLimiter, assumesOnly })
  }

  recognizes(head: SignedHead): boolean {
    const form = readSigned(head)
    if (form.kind === 'basic') return this.#basic.recognizes(form.authorization)
    return form.kind === 'signed' && isOurKeyId(this.#ports.masterKey, form.authorization.keyId)
  }

  async verify(request: SignedRequest): Promise<Verification> {
    const form = readSigned(request)
    if (form.kind === 'refused') return form
    const verification =
      form.kind === 'basic'
        ? await this.#verifyBasic(request, form.authorization)
        : await this.#verifySignature(request, form)
    return this.#withUsage(verification, request)
  }

  async verifySecret(typed: TypedKey): Promise<Verification> {
    const { accessKeyId, secretAccessKey } = typed
    const pair = Buffer.from(`${accessKeyId}:${secretAccessKey.reveal()}`).toString('base64')
    const authorization = `Basic ${pair}`
    return this.#withUsage(await this.#verifyBasic(typed, authorization), typed)
  }

  /** Records the use of the key of a verified request. Rejects a principal outside its period. */
  #withUsage(verification: Verification, moment: Moment): Verification {
    if (verification.kind !== 'verified') return verification
    if (!isWithin(verification.principal, moment)) return OUTSIDE_PERIOD
    this.#ports.usage.note(verification.key, moment.at)
    return verification
  }

  async #verifySignature(
    request: SignedRequest,
    { authorization, headers }: Readonly<{ authorization: Authorization; headers: Headers }>,
  ): Promise<Verification> {
    const { masterKey, credentials, rateLimiter } = this.#ports
    const { keyId } = authorization
    const ours = isOurKeyId(masterKey, keyId) ? keyId : undefined
    const waitMs = ours && rateLimiter.waitMs(request.sourceAddress, ours, request.at)
    if (waitMs) return rateLimited(waitMs)

    const credential = ours && (await credentials.credential(ours))
    const secret = credential ? unsealSecret(masterKey, credential.key).reveal() : DUMMY_SECRET
    const matches = await signatureMatches(request, headers, authorization, secret)
    const presented = { keyId: ours, owner: credential && ownerOf(credential) }
    if (!credential || !isUsable(credential, request))
      return this.#failed(request, presented, 'UnrecognizedClientException', UNKNOWN_KEY)
    const problem = payloadProblem(headers, request.body)
    if (problem !== undefined)
      return { kind: 'refused', problem: 'InvalidSignatureException', message: problem }
    if (!matches)
      return this.#failed(
        request,
        presented,
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided. ' +
          'Check the secret access key, and that nothing between changes the request.',
      )
    rateLimiter.succeed(request.sourceAddress, credential.key.id)
    return { kind: 'verified', ...credential }
  }

  async #verifyBasic(
    { sourceAddress, at, latest }: Pick<SignedRequest, 'sourceAddress' | keyof Moment>,
    authorization: string,
  ): Promise<Verification> {
    const answer = await this.#basic.authenticate({ authorization, sourceAddress, at, latest })
    if (answer.kind === 'authenticated') {
      const { principal, credential, mailbox } = answer.caller
      if (mailbox !== undefined) return NO_MAILBOX
      return { kind: 'verified', principal, key: credential.key }
    }
    if (answer.kind === 'braked') return rateLimited(answer.retryAfterMs)
    const refused = { kind: 'refused', problem: 'UnrecognizedClientException' } as const
    if (!('record' in answer && answer.record)) return { ...refused, message: UNKNOWN_KEY }
    const { accessKeyId, owner, count } = answer
    return {
      ...refused,
      message: UNKNOWN_KEY,
      record: { count, ...(accessKeyId !== undefined && { accessKeyId }), ...(owner && { owner }) },
    }
  }

  #failed(
    { sourceAddress, at }: SignedRequest,
    { keyId, owner }: PresentedKey,
    problem: SignatureProblem,
    message: string,
  ): Refused {
    const { record, count } = this.#ports.rateLimiter.fail(sourceAddress, keyId, at, owner)
    if (!record) return { kind: 'refused', problem, message }
    return {
      kind: 'refused',
      problem,
      message,
      record: {
        count,
        ...(keyId !== undefined && { accessKeyId: keyId }),
        ...(owner && { owner }),
      },
    }
  }
}

type PresentedKey = Readonly<{ keyId: AccessKeyId | undefined; owner: KeyOwner | undefined }>

/** Rejects a user name with a mailbox, which only the data plane accepts. */
const NO_MAILBOX: Refused = {
  kind: 'refused',
  problem: 'UnrecognizedClientException',
  message:
    'The user name must be only the access key ID. The control API does not act in a mailbox.',
}

const OUTSIDE_PERIOD: Refused = {
  kind: 'refused',
  problem: 'UnrecognizedClientException',
  message: 'The principal of the access key is not valid at this time.',
}

const rateLimited = (waitMs: number): Refused => ({
  kind: 'refused',
  problem: 'UnrecognizedClientException',
  message:
    'Too many requests with this key failed from this address. ' +
    `Try again in ${Math.ceil(waitMs / 1_000)} s.`,
})

/** Signs the request with the secret, and compares the signatures in constant time. */
async function signatureMatches(
  { method, body }: SignedRequest,
  headers: Headers,
  { keyId, region, signedHeaders, signedAt, path, line }: Authorization,
  secret: string,
): Promise<boolean> {
  // Imports the signer with the first signature, because a gateway that only serves the console does not need it.
  const { SignatureV4 } = await import('@smithy/signature-v4')
  const signer = new SignatureV4({
    service: SERVICE,
    region,
    sha256: Sha256,
    credentials: { accessKeyId: keyId, secretAccessKey: secret },
    // Without this, the signer would sign a header that the AWS CLI does not send.
    applyChecksum: false,
  })
  const signed = await signer.sign(
    {
      method,
      // Ignored by the signer, which signs the Host header.
      protocol: '',
      hostname: '',
      path,
      headers: Object.fromEntries(signedHeaders.map(name => [name, headers.get(name) ?? ''])),
      body,
    },
    {
      signingDate: new Date(signedAt),
      signableHeaders: new Set(signedHeaders),
      unsignableHeaders: new Set(),
    },
  )
  // Compares hashes, because timingSafeEqual() throws if the lengths differ.
  return timingSafeEqual(digest(signed.headers['authorization'] ?? ''), digest(line))
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
