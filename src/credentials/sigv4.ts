/**
 * AWS Signature Version 4, as the AWS CLI and SDKs sign their calls; and Basic, for tools that
 * cannot sign, over TLS or on this machine.
 *
 * Region and account are the caller's own affair. Everything that makes the request what it is must
 * be signed: host, date, target, content type, path and body.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @module
 */

import { hash, randomUUID, timingSafeEqual } from 'node:crypto'
import { type AccessKeyId, isUsable } from '../model/principal.ts'
import type { CredentialReader } from '../store/store.ts'
import { isOurKeyId, unsealSecret } from './access-key.ts'
import { BasicAuthenticator } from './basic.ts'
import type { Brake } from './brake.ts'
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

/** What a {@link SignatureVerifier} works with. */
export type VerifierPorts = Readonly<{
  credentials: CredentialReader
  masterKey: MasterKey
  brake: Brake
  usage: KeyUsage
}>

type Refused = Extract<Verification, { kind: 'refused' }>

/** Stands in for the secret of a key that does not exist, so that refusing it takes as long. */
const NOBODYS_SECRET = randomUUID()

const UNKNOWN_KEY =
  'The access key is unknown, disabled or expired: use the id and the secret of a live one.'

export class SignatureVerifier implements RequestVerifier, SecretVerifier {
  readonly #ports: VerifierPorts
  readonly #basic: BasicAuthenticator

  constructor(ports: VerifierPorts) {
    const { credentials, masterKey, brake } = ports
    this.#ports = ports
    // Whoever may administer may more than assume roles.
    this.#basic = new BasicAuthenticator({ credentials, masterKey, brake, assumesOnly: () => true })
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
    return this.#noted(verification, request.at)
  }

  async verifySecret(typed: TypedKey): Promise<Verification> {
    const { accessKeyId, secretAccessKey, sourceAddress, at } = typed
    const pair = Buffer.from(`${accessKeyId}:${secretAccessKey.reveal()}`).toString('base64')
    const authorization = `Basic ${pair}`
    return this.#noted(await this.#verifyBasic({ sourceAddress, at }, authorization), at)
  }

  #noted(verification: Verification, at: number): Verification {
    if (verification.kind === 'verified') this.#ports.usage.note(verification.key, at)
    return verification
  }

  async #verifySignature(
    request: SignedRequest,
    { authorization, headers }: Readonly<{ authorization: Authorization; headers: Headers }>,
  ): Promise<Verification> {
    const { masterKey, credentials } = this.#ports
    const { keyId } = authorization
    const ours = isOurKeyId(masterKey, keyId) ? keyId : undefined
    const wait = this.#waitMs(request, ours)
    if (wait > 0) return braked(wait)

    const credential = ours && (await credentials.credential(ours))
    const secret = credential ? unsealSecret(masterKey, credential.key).reveal() : NOBODYS_SECRET
    const matches = await signatureMatches(request, headers, authorization, secret)
    const presented = { keyId: ours, owner: credential && ownerOf(credential) }
    if (!credential || !isUsable(credential, request.at))
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
    this.#ports.brake.succeed(request.sourceAddress, credential.key.id)
    return { kind: 'verified', ...credential }
  }

  async #verifyBasic(
    { sourceAddress, at }: Pick<SignedRequest, 'sourceAddress' | 'at'>,
    authorization: string,
  ): Promise<Verification> {
    const answer = await this.#basic.authenticate({ authorization, sourceAddress, at })
    if (answer.kind === 'authenticated') {
      const { principal, key, mailbox } = answer.caller
      if (mailbox !== undefined) return NO_MAILBOX
      return { kind: 'verified', principal, key }
    }
    if (answer.kind === 'braked') return braked(answer.retryAfterMs)
    const refused = { kind: 'refused', problem: 'UnrecognizedClientException' } as const
    if (answer.kind === 'missing' || !answer.record) return { ...refused, message: UNKNOWN_KEY }
    const { accessKeyId, owner, count } = answer
    return {
      ...refused,
      message: UNKNOWN_KEY,
      record: { count, ...(accessKeyId !== undefined && { accessKeyId }), ...(owner && { owner }) },
    }
  }

  #waitMs({ sourceAddress, at }: SignedRequest, keyId: AccessKeyId | undefined): number {
    return keyId === undefined ? 0 : this.#ports.brake.waitMs(sourceAddress, keyId, at)
  }

  #failed(
    { sourceAddress, at }: SignedRequest,
    { keyId, owner }: PresentedKey,
    problem: SignatureProblem,
    message: string,
  ): Refused {
    const { record, count } = this.#ports.brake.fail(sourceAddress, keyId, at, owner)
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

/** A user name that asks to be somebody is meant for the data plane. */
const NO_MAILBOX: Refused = {
  kind: 'refused',
  problem: 'UnrecognizedClientException',
  message: 'The user name is the access key id alone: here it asks to be nobody.',
}

const braked = (waitMs: number): Refused => ({
  kind: 'refused',
  problem: 'UnrecognizedClientException',
  message:
    'Too many requests with this key failed from this address: ' +
    `try again in ${Math.ceil(waitMs / 1_000)} s.`,
})

/** Signs the request anew with the secret, and compares in the same time for every signature. */
async function signatureMatches(
  { method, body }: SignedRequest,
  headers: Headers,
  { keyId, region, signedHeaders, signedAt, path, line }: Authorization,
  secret: string,
): Promise<boolean> {
  // With the first signature: a gateway that is only looked at in the console never loads it.
  const { SignatureV4 } = await import('@smithy/signature-v4')
  const signer = new SignatureV4({
    service: SERVICE,
    region,
    sha256: Sha256,
    credentials: { accessKeyId: keyId, secretAccessKey: secret },
    // Else a header that the AWS CLI does not send would be signed too.
    applyChecksum: false,
  })
  const signed = await signer.sign(
    {
      method,
      // Neither is signed: the host is a header.
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
  // By their hashes, which have one length: a header that was left out is no crash, but no match.
  return timingSafeEqual(digest(signed.headers['authorization'] ?? ''), digest(line))
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
