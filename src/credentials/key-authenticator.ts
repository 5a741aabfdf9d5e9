/**
 * Authenticates access keys by any proof of their secret, within the limit of failures.
 *
 * @module
 */

import type { PolicyDocument } from '../model/iam.ts'
import { after, type MaybePromise } from '../model/maybe-promise.ts'
import { type AccessKeyId, type Credential, isUsable } from '../model/principal.ts'
import { isUnprotected, type SignIn } from '../model/sign-in.ts'
import type { CredentialReader } from '../store/store.ts'
import { isKeyId, isOurKeyId } from './access-key.ts'
import type { AuthenticationRateLimiter } from './authentication-rate-limiter.ts'
import {
  type Caller,
  hasKey,
  type KeyCaller,
  ownerOf,
  type PresentedCredential,
  type RequestAuthentication,
} from './credentials.ts'
import type { MasterKey } from './master-key.ts'
import type { UserName } from './user-name.ts'

/** Dependencies of a {@link KeyAuthenticator}. */
export type KeyPorts = Readonly<{
  credentials: CredentialReader
  masterKey: MasterKey
  rateLimiter: AuthenticationRateLimiter
  /**
   * Whether a policy allows nothing except AssumeImpersonationRole. Principals with other policies are rejected.
   */
  assumesOnly: (policy: PolicyDocument) => boolean
}>

/**
 * Returns how a caller signed in, if the proof of a request was made with the secret of a key. Must take the same time
 * if there is no key.
 */
type Prove = (credential: Credential | undefined) => SignIn | undefined

/** Authenticates access keys. */
export class KeyAuthenticator {
  readonly #ports: KeyPorts

  constructor(ports: KeyPorts) {
    this.#ports = ports
  }

  /** Whether this gateway created the key of a user name. */
  recognizes({ keyId }: UserName): boolean {
    return isOurKeyId(this.#ports.masterKey, keyId)
  }

  /**
   * Authenticates a key.
   *
   * @param keyId - key that this gateway created
   * @param identify - returns the caller, if the credential exists and the proof is right
   * @throws Failure `policy-unavailable` if the store cannot be read
   */
  authenticate(
    presented: PresentedCredential,
    keyId: AccessKeyId,
    identify: (credential: Credential | undefined) => KeyCaller | undefined,
  ): MaybePromise<RequestAuthentication<KeyCaller>> {
    const { credentials, rateLimiter } = this.#ports
    const { sourceAddress, at } = presented
    const waitMs = rateLimiter.waitMs(sourceAddress, keyId, at)
    if (waitMs > 0) return rateLimited(keyId, waitMs)
    return after(credentials.credential(keyId), credential =>
      this.#check(presented, keyId, credential, identify),
    )
  }

  #check(
    presented: PresentedCredential,
    keyId: AccessKeyId,
    credential: Credential | undefined,
    identify: (credential: Credential | undefined) => KeyCaller | undefined,
  ): RequestAuthentication<KeyCaller> {
    const { rateLimiter } = this.#ports
    const { sourceAddress, at } = presented
    // Checks the limit again, because other requests can have failed while the store was read.
    const waitMs = rateLimiter.waitMs(sourceAddress, keyId, at)
    if (waitMs > 0) return rateLimited(keyId, waitMs)

    const caller = identify(credential)
    if (caller === undefined || credential === undefined || !isUsable(credential, presented)) {
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

  /** Returns the caller of a credential, if its proof is right and its policy allows nothing but to assume roles. */
  callerOf(
    { roleReference, mailbox }: UserName,
    credential: Credential | undefined,
    prove: Prove,
  ): KeyCaller | undefined {
    const signIn = prove(credential)
    if (signIn === undefined || credential === undefined) return undefined
    const { principal, key } = credential
    if (!this.#ports.assumesOnly(principal.policy)) return undefined
    return {
      principal,
      credential: { kind: 'access-key', key },
      proof: {
        kind: 'key',
        keyId: key.id,
        secretHash: key.secretHash,
        ...(roleReference !== undefined && { roleReference }),
        ...(isUnprotected(signIn) && { isUnprotected: true }),
      },
      signIn,
      ...(mailbox !== undefined && { mailbox }),
    }
  }

  /**
   * Checks the credential of a caller again, without its secret. The result has the same caller if the reader returns
   * the same principal and key.
   *
   * @throws Failure `policy-unavailable` if the store cannot be read
   */
  checkAgain(
    caller: Caller,
    presented: PresentedCredential,
  ): MaybePromise<RequestAuthentication<KeyCaller>> {
    if (!hasKey(caller)) throw new TypeError('The caller presented no access key')
    const { signIn } = caller
    const { sourceAddress, at } = presented
    const { id } = caller.credential.key
    return after(
      this.#ports.credentials.credential(id),
      (credential): RequestAuthentication<KeyCaller> => {
        const current = credential && this.#current(caller, credential)
        if (credential && current && isUsable(credential, presented))
          return { kind: 'authenticated', caller: current }
        const owner = ownerOf(caller)
        const failure = this.#ports.rateLimiter.note(sourceAddress, id, at, owner)
        const told = credential && lacksProtection(caller, credential) ? REQUIRED_BY_KEY : {}
        return {
          kind: 'wrong',
          accessKeyId: id,
          owner,
          signIn: { ...signIn, ...told },
          ...failure,
        }
      },
    )
  }

  /** Returns a caller with the present credential; undefined if something about the credential makes it invalid. */
  #current(caller: KeyCaller, credential: Credential): KeyCaller | undefined {
    const { principal, key } = credential
    if (caller.principal === principal && caller.credential.key === key) return caller
    const isSame = Buffer.compare(caller.credential.key.secretHash, key.secretHash) === 0
    if (!isSame || !this.#ports.assumesOnly(principal.policy)) return undefined
    if (lacksProtection(caller, credential)) return undefined
    return { ...caller, principal, credential: { kind: 'access-key', key } }
  }

  /**
   * Rejects a key whose ID was not created with the master key. The result contains only texts in the form of a key
   * ID, because other texts could be secrets.
   *
   * @param name - undefined if the credential is malformed
   */
  unknown(
    { sourceAddress, at }: PresentedCredential,
    name: Pick<UserName, 'keyId'> | undefined,
  ): RequestAuthentication<KeyCaller> {
    const failure = this.#ports.rateLimiter.fail(sourceAddress, undefined, at)
    if (!name || !isKeyId(name.keyId)) return { kind: 'wrong', ...failure }
    return { kind: 'wrong', accessKeyId: name.keyId, ...failure }
  }
}

/** Whether a caller signed in without parts that its key requires now. */
const lacksProtection = ({ signIn }: Caller, { key }: Credential): boolean =>
  key.extendedProtection === 'require' && isUnprotected(signIn)

const REQUIRED_BY_KEY = { protectionRequiredBy: 'key' } as const

const rateLimited = (
  accessKeyId: AccessKeyId,
  retryAfterMs: number,
): RequestAuthentication<KeyCaller> => ({
  kind: 'braked',
  accessKeyId,
  retryAfterMs,
})
