/**
 * Basic authentication: an access key ID, optionally with a mailbox and a role in front, and the secret of the key.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 * @module
 */

import type { PolicyDocument } from '../model/iam.ts'
import { after, type MaybePromise } from '../model/maybe-promise.ts'
import { type AccessKeyId, type Credential, isUsable } from '../model/principal.ts'
import type { CredentialReader } from '../store/store.ts'
import { isKeyId, isOurKeyId, secretMatches } from './access-key.ts'
import type { AuthenticationRateLimiter } from './authentication-rate-limiter.ts'
import {
  type Caller,
  ownerOf,
  type PresentedCredential,
  type RequestAuthentication,
  type RequestAuthenticator,
} from './credentials.ts'
import type { MasterKey } from './master-key.ts'

/** Content of a Basic header. */
type BasicCredentials = Readonly<{
  keyId: string
  roleReference: string | undefined
  mailbox: string | undefined
  secret: Uint8Array
}>

/** Dependencies of a {@link BasicAuthenticator}. */
export type BasicPorts = Readonly<{
  credentials: CredentialReader
  masterKey: MasterKey
  rateLimiter: AuthenticationRateLimiter
  /**
   * Whether a policy allows nothing except AssumeImpersonationRole. Principals with other policies are rejected.
   */
  assumesOnly: (policy: PolicyDocument) => boolean
}>

/** A verified header, and the credential that its secret was compared with. */
type Verified = Readonly<{ basic: BasicCredentials; credential: Credential; caller: Caller }>

/** The content of a header, and the current credential of its key. */
type Found = Readonly<{
  basic: BasicCredentials
  keyId: AccessKeyId
  verified: Verified | undefined
  credential: Credential | undefined
}>

/** Maximum number of cached headers, and maximum length of one. A full cache is cleared. */
const MAX_VERIFIED = 4_096
const MAX_VERIFIED_LENGTH = 1_024

/**
 * Authenticates `Basic` headers, and rejects every other scheme.
 *
 * Caches verified headers, because a client sends the same one with every request. A cached header is valid while the
 * reader returns the same credential object. A change of the key, principal, or policy creates another object, and the
 * secret is compared again. Expiry is checked for each request. Without the cache, parsing and hashing took 22% of the
 * CPU time of a small request.
 */
export class BasicAuthenticator implements RequestAuthenticator {
  readonly #ports: BasicPorts
  readonly #verified = new Map<string, Verified>()

  constructor(ports: BasicPorts) {
    this.#ports = ports
  }

  authenticate(request: PresentedCredential): MaybePromise<RequestAuthentication> {
    const { authorization, sourceAddress, at } = request
    if (authorization === undefined) return { kind: 'missing' }

    const { credentials, masterKey, rateLimiter } = this.#ports
    const verified = this.#verified.get(authorization)
    const basic = verified?.basic ?? readBasic(authorization)
    if (!basic || !(verified || isOurKeyId(masterKey, basic.keyId)))
      return this.#unknown(request, basic)

    const keyId = basic.keyId as AccessKeyId
    const waitMs = rateLimiter.waitMs(sourceAddress, keyId, at)
    if (waitMs > 0) return rateLimited(keyId, waitMs)
    return after(credentials.credential(keyId), credential =>
      this.#check(request, { basic, keyId, verified, credential }),
    )
  }

  #check(request: PresentedCredential, found: Found): RequestAuthentication {
    const { authorization = '', sourceAddress, at } = request
    const { basic, keyId, verified, credential } = found
    const { rateLimiter } = this.#ports
    // Checks the limit again, because other requests can have failed while the store was read.
    const waitMs = rateLimiter.waitMs(sourceAddress, keyId, at)
    if (waitMs > 0) return rateLimited(keyId, waitMs)

    const caller =
      verified !== undefined && verified.credential === credential
        ? verified.caller
        : this.#verify(authorization, basic, credential)
    if (caller === undefined || credential === undefined || !isUsable(credential, at)) {
      const owner = credential && ownerOf(credential)
      return {
        kind: 'wrong',
        accessKeyId: keyId,
        ...(owner && { owner }),
        ...rateLimiter.fail(sourceAddress, keyId, at, owner),
      }
    }

    rateLimiter.succeed(sourceAddress, keyId)
    return { kind: 'authenticated', caller }
  }

  /** Whether a header names a key whose ID was created with the master key. */
  recognizes(authorization: string): boolean {
    const basic = readBasic(authorization)
    return basic !== undefined && isOurKeyId(this.#ports.masterKey, basic.keyId)
  }

  /** Compares a secret in constant time, and caches the header if the secret is right. */
  #verify(
    authorization: string,
    basic: BasicCredentials,
    credential: Credential | undefined,
  ): Caller | undefined {
    this.#verified.delete(authorization)
    if (!secretMatches(credential?.key, basic.secret) || !credential) return undefined
    const { principal, key } = credential
    if (!this.#ports.assumesOnly(principal.policy)) return undefined
    const { roleReference, mailbox } = basic
    const caller: Caller = {
      principal,
      credential: { kind: 'access-key', key },
      proof: {
        kind: 'key',
        keyId: key.id,
        secretHash: key.secretHash,
        ...(roleReference !== undefined && { roleReference }),
      },
      ...(mailbox !== undefined && { mailbox }),
    }
    if (authorization.length > MAX_VERIFIED_LENGTH) return caller
    if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear()
    this.#verified.set(authorization, { basic, credential, caller })
    return caller
  }

  /**
   * Rejects a key whose ID was not created with the master key. The result contains only texts in the form of a key
   * ID, because other texts could be secrets.
   */
  #unknown(
    { sourceAddress, at }: PresentedCredential,
    basic: BasicCredentials | undefined,
  ): RequestAuthentication {
    const failure = this.#ports.rateLimiter.fail(sourceAddress, undefined, at)
    if (!basic || !isKeyId(basic.keyId)) return { kind: 'wrong', ...failure }
    return { kind: 'wrong', accessKeyId: basic.keyId, ...failure }
  }
}

const rateLimited = (accessKeyId: AccessKeyId, retryAfterMs: number): RequestAuthentication => ({
  kind: 'braked',
  accessKeyId,
  retryAfterMs,
})

const HEADER = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i
const COLON = 0x3a

/** Returns undefined if the header has another scheme or is malformed. */
function readBasic(authorization: string): BasicCredentials | undefined {
  const [, token] = HEADER.exec(authorization) ?? []
  if (token === undefined) return undefined
  const pair = Buffer.from(token, 'base64')
  const colon = pair.indexOf(COLON)
  if (colon === -1) return undefined

  const name = readText(pair.subarray(0, colon))
  return hasControls(name) ? undefined : { ...splitName(name), secret: pair.subarray(colon + 1) }
}

/**
 * Splits a user name of the form `mailbox|role\access-key-id@anything`, in which only the ID is required. An empty
 * role counts as absent, because some tools require a domain in front of the name. An empty mailbox before a bar
 * counts as an unknown mailbox, because the client tried to name one.
 */
function splitName(name: string): Omit<BasicCredentials, 'secret'> {
  const backslash = name.lastIndexOf('\\')
  const bar = lastBar(backslash < 0 ? name : name.slice(0, backslash))
  const [keyId = ''] = name.slice(Math.max(bar, backslash) + 1).split('@')
  const role = name.slice(bar + 1, Math.max(bar + 1, backslash))
  return {
    keyId,
    roleReference: role === '' ? undefined : role,
    mailbox: bar < 0 ? undefined : name.slice(0, bar),
  }
}

/**
 * Returns the index of the bar after the mailbox: `|`, or `;` for clients that send only the part before a `|`. The
 * last bar counts, because an address can contain a `|`. A role whose name contains one must be named by its ID.
 */
const lastBar = (name: string) => Math.max(name.lastIndexOf('|'), name.lastIndexOf(';'))

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes UTF-8, or Latin-1 if the bytes are not UTF-8. For example, the Python package requests sends Latin-1. */
function readText(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

const hasControls = (text: string) => /\p{Cc}/u.test(text)
