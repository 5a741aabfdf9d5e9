/**
 * Basic authentication: an access key ID, optionally with a mailbox and a role in front, and the secret of the key.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 * @module
 */

import type { MaybePromise } from '../model/maybe-promise.ts'
import type { AccessKeyId, Credential } from '../model/principal.ts'
import type { SignIn } from '../model/sign-in.ts'
import { secretMatches } from './access-key.ts'
import type {
  KeyCaller,
  PresentedCredential,
  RequestAuthentication,
  RequestAuthenticator,
} from './credentials.ts'
import { KeyAuthenticator, type KeyPorts } from './key-authenticator.ts'
import { readUserName, type UserName } from './user-name.ts'

const BASIC: SignIn = { scheme: 'Basic' }

/** Content of a Basic header. */
type BasicCredentials = UserName &
  Readonly<{
    /** The whole user name. */
    text: string
    secret: Uint8Array
  }>

/** A verified header, and the credential that its secret was compared with. */
type Verified = Readonly<{ basic: BasicCredentials; credential: Credential; caller: KeyCaller }>

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
export class BasicAuthenticator implements RequestAuthenticator<KeyCaller> {
  readonly #keys: KeyAuthenticator
  readonly #verified = new Map<string, Verified>()

  constructor(ports: KeyPorts) {
    this.#keys = new KeyAuthenticator(ports)
  }

  authenticate(request: PresentedCredential): MaybePromise<RequestAuthentication<KeyCaller>> {
    const { authorization } = request
    if (authorization === undefined) return { kind: 'missing' }

    const verified = this.#verified.get(authorization)
    const basic = verified?.basic ?? readBasic(authorization)
    if (!basic || !(verified || this.#keys.recognizes(basic)))
      return this.#keys.unknown(request, basic)

    return this.#keys.authenticate(request, basic.keyId as AccessKeyId, credential =>
      verified !== undefined && verified.credential === credential
        ? verified.caller
        : this.#verify(authorization, basic, credential),
    )
  }

  /** Whether a header names a key whose ID was created with the master key. */
  recognizes(authorization: string): boolean {
    const basic = readBasic(authorization)
    return basic !== undefined && this.#keys.recognizes(basic)
  }

  /** Compares a secret in constant time, and caches the header if the secret is right. */
  #verify(
    authorization: string,
    basic: BasicCredentials,
    credential: Credential | undefined,
  ): KeyCaller | undefined {
    this.#verified.delete(authorization)
    const caller = this.#keys.callerOf(basic, credential, found =>
      secretMatches(found?.key, basic.secret) ? BASIC : undefined,
    )
    if (!caller || !credential || authorization.length > MAX_VERIFIED_LENGTH) return caller
    if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear()
    this.#verified.set(authorization, { basic, credential, caller })
    return caller
  }
}

const HEADER = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i
const COLON = 0x3a

/** Returns undefined if the header has another scheme or is malformed. */
export function readBasic(authorization: string): BasicCredentials | undefined {
  const [, token] = HEADER.exec(authorization) ?? []
  if (token === undefined) return undefined
  const pair = Buffer.from(token, 'base64')
  const colon = pair.indexOf(COLON)
  if (colon === -1) return undefined

  const text = readText(pair.subarray(0, colon))
  const name = readUserName(text)
  return name && { ...name, text, secret: pair.subarray(colon + 1) }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes UTF-8, or Latin-1 if the bytes are not UTF-8. For example, the Python package requests sends Latin-1. */
export function readText(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}
