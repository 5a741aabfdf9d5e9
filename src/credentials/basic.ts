/**
 * Basic authentication, for the many tools that know nothing else: an access key id, maybe with a
 * mailbox and a role before it, and the key's secret.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 * @module
 */

import type { PolicyDocument } from '../model/iam.ts'
import { type AccessKeyId, type Credential, isUsable } from '../model/principal.ts'
import type { CredentialReader } from '../store/store.ts'
import { isKeyId, isOurKeyId, secretMatches } from './access-key.ts'
import type { Brake } from './brake.ts'
import {
  type Authentication,
  type Authenticator,
  type Caller,
  ownerOf,
  type Presented,
} from './credentials.ts'
import type { MasterKey } from './master-key.ts'

/** What a Basic header says. */
type BasicCredentials = Readonly<{
  keyId: string
  roleReference: string | undefined
  mailbox: string | undefined
  secret: Uint8Array
}>

/** What a {@link BasicAuthenticator} works with. */
export type BasicPorts = Readonly<{
  credentials: CredentialReader
  masterKey: MasterKey
  brake: Brake
  /** Whether a policy can allow nothing but AssumeImpersonationRole: no other may come by Basic. */
  assumesOnly: (policy: PolicyDocument) => boolean
}>

/** A header that was good, and the credential that its secret was compared with. */
type Verified = Readonly<{ basic: BasicCredentials; credential: Credential; caller: Caller }>

/** Headers that are remembered, until all are forgotten, and the longest of them. */
const VERIFIED = 4_096
const LONGEST_VERIFIED = 1_024

/**
 * Takes `Basic` and refuses every other scheme.
 *
 * A client sends the same header with every request. One that was good is remembered, and is good
 * again where the reader gives the very object that it was compared with: a change of key, principal
 * or policy makes another one, and all is compared anew. What time changes is looked at each time.
 * Reading and hashing it took 22 % of the CPU of a small request.
 */
export class BasicAuthenticator implements Authenticator {
  readonly #ports: BasicPorts
  readonly #verified = new Map<string, Verified>()

  constructor(ports: BasicPorts) {
    this.#ports = ports
  }

  async authenticate(presented: Presented): Promise<Authentication> {
    const { authorization, sourceAddress, at } = presented
    if (authorization === undefined) return { kind: 'missing' }

    const { credentials, masterKey, brake } = this.#ports
    const verified = this.#verified.get(authorization)
    const basic = verified?.basic ?? readBasic(authorization)
    if (!basic || !(verified || isOurKeyId(masterKey, basic.keyId)))
      return this.#invented(presented, basic)

    const keyId = basic.keyId as AccessKeyId
    const before = brake.waitMs(sourceAddress, keyId, at)
    if (before > 0) return braked(keyId, before)
    const credential = await credentials.credential(keyId)
    // Once more: others may have failed while the store was read.
    const after = brake.waitMs(sourceAddress, keyId, at)
    if (after > 0) return braked(keyId, after)

    const caller =
      verified !== undefined && verified.credential === credential
        ? verified.caller
        : this.#verify(authorization, basic, credential)
    if (caller === undefined || !isUsable(caller, at)) {
      const owner = credential && ownerOf(credential)
      return {
        kind: 'wrong',
        accessKeyId: keyId,
        ...(owner && { owner }),
        ...brake.fail(sourceAddress, keyId, at, owner),
      }
    }

    brake.succeed(sourceAddress, keyId)
    return { kind: 'authenticated', caller }
  }

  /** Whether a header names a key that this gateway made. */
  recognizes(authorization: string): boolean {
    const basic = readBasic(authorization)
    return basic !== undefined && isOurKeyId(this.#ports.masterKey, basic.keyId)
  }

  /** Compares a secret, in the same time for every secret; remembers whose it is. */
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
      key,
      proof: {
        kind: 'key',
        keyId: key.id,
        secretHash: key.secretHash,
        ...(roleReference !== undefined && { roleReference }),
      },
      ...(mailbox !== undefined && { mailbox }),
    }
    if (authorization.length > LONGEST_VERIFIED) return caller
    if (this.#verified.size >= VERIFIED) this.#verified.clear()
    this.#verified.set(authorization, { basic, credential, caller })
    return caller
  }

  /** No key of ours: nothing is read, and whatever is no key id may be a secret and is not told. */
  #invented({ sourceAddress, at }: Presented, basic: BasicCredentials | undefined): Authentication {
    const failure = this.#ports.brake.fail(sourceAddress, undefined, at)
    if (!basic || !isKeyId(basic.keyId)) return { kind: 'wrong', ...failure }
    return { kind: 'wrong', accessKeyId: basic.keyId, ...failure }
  }
}

const braked = (accessKeyId: AccessKeyId, retryAfterMs: number): Authentication => ({
  kind: 'braked',
  accessKeyId,
  retryAfterMs,
})

const HEADER = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i
const COLON = 0x3a

/** Undefined: another scheme, or not of RFC 7617's form. */
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
 * `mailbox|role\access-key-id@anything`, of which only the key id must be there. An empty role is
 * none: a tool that wants a domain before the name may have been given an empty one. An empty
 * mailbox is one, which nobody has: whoever writes the bar means to name somebody.
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
 * The bar behind the mailbox: `|`, or `;` for clients that keep what stands before a `|` and send no
 * more. An address may have a `|` in it, so the last bar counts; a role that has one needs its id.
 */
const lastBar = (name: string) => Math.max(name.lastIndexOf('|'), name.lastIndexOf(';'))

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Clients write UTF-8 or, like Python's requests, Latin-1; what is not the one is the other. */
function readText(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

const hasControls = (text: string) => /\p{Cc}/u.test(text)
