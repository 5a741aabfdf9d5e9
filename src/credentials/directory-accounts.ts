/**
 * Basic authentication with an account of the organization's directory.
 *
 * The directory is asked only about accounts to which a principal is bound, so requests with other names can't lock
 * an account of the domain.
 *
 * @module
 */

import {
  accountReference,
  type BoundIdentity,
  type DirectoryAccount,
  proofOf,
} from '../model/external-identity.ts'
import type { PolicyDocument } from '../model/iam.ts'
import type { OrganizationId } from '../model/identity.ts'
import { after, type MaybePromise } from '../model/maybe-promise.ts'
import type { Principal } from '../model/principal.ts'
import type { IdentityReader } from '../store/store.ts'
import { isKeyId } from './access-key.ts'
import type { AccountPasswords, PasswordResult } from './account-passwords.ts'
import type { AuthenticationRateLimiter } from './authentication-rate-limiter.ts'
import { readBasic, readText } from './basic.ts'
import {
  type Caller,
  ownerOf,
  type PresentedCredential,
  type RequestAuthentication,
} from './credentials.ts'
import { type AccountName, readAccountName } from './user-name.ts'

/** Dependencies of an {@link AccountAuthenticator}. */
export type AccountPorts = Readonly<{
  identities: IdentityReader
  /** Passwords of the accounts of each organization that has a directory. */
  passwords: ReadonlyMap<OrganizationId, AccountPasswords>
  rateLimiter: Pick<AuthenticationRateLimiter, 'note'>
  /** Whether a policy allows nothing except AssumeImpersonationRole. Principals with other policies are rejected. */
  assumesOnly: (policy: PolicyDocument) => boolean
}>

type BoundAccount = Readonly<{ identity: DirectoryAccount; principal: Principal }>

type Presented = Readonly<{ account: AccountName; password: string }>

/** Authenticates `Basic` headers with the name of an account. */
export class AccountAuthenticator {
  readonly #ports: AccountPorts

  constructor(ports: AccountPorts) {
    this.#ports = ports
  }

  /**
   * Returns undefined if the header doesn't name an account.
   *
   * @throws Failure `policy-unavailable` if the store or the directory can't be read
   */
  authenticate(request: PresentedCredential): MaybePromise<RequestAuthentication> | undefined {
    const basic = readBasic(request.authorization ?? '')
    if (basic === undefined || isKeyId(basic.keyId)) return undefined
    const account = readAccountName(basic.text)
    if (account === undefined) return undefined
    // A bind with an empty password would succeed at some servers, without any proof. Some read a password only up to
    // a NUL.
    if (basic.secret.length === 0 || basic.secret.includes(0)) return this.#wrong(request)
    const presented = { account, password: readText(Buffer.from(basic.secret)) }
    const finding = this.#ports.identities.identity(accountReference(account.name))
    return after(finding, bound => this.#check(request, presented, bound))
  }

  /**
   * Returns the caller of an open request. Its proof has expired if its account can't sign in any more.
   *
   * @throws Failure `policy-unavailable` if the directory has not responded for too long
   */
  async confirm(caller: Caller): Promise<Caller> {
    const { credential, proof, principal } = caller
    if (credential.kind !== 'directory-account' || proof.kind !== 'identity') return caller
    const passwords = this.#ports.passwords.get(principal.organizationId)
    if (await passwords?.confirm(credential.sid, proof.passwordSetAt)) return caller
    return { ...caller, proof: { ...proof, expiresAt: 0 } }
  }

  #check(
    request: PresentedCredential,
    presented: Presented,
    bound: BoundIdentity | undefined,
  ): MaybePromise<RequestAuthentication> {
    if (bound === undefined || !isAccount(bound)) return this.#wrong(request)
    const { principal, identity } = bound
    const passwords = this.#ports.passwords.get(principal.organizationId)
    if (!principal.enabled || !this.#ports.assumesOnly(principal.policy) || passwords === undefined)
      return this.#wrong(request, bound)
    return after(passwords.verify(identity.sid, presented.password), result =>
      result.kind === 'right'
        ? authenticated(presented.account, bound, result.passwordSetAt)
        : this.#wrong(request, bound, result),
    )
  }

  #wrong(
    { sourceAddress, at }: PresentedCredential,
    bound?: BoundAccount,
    result?: Extract<PasswordResult, { kind: 'wrong' }>,
  ): RequestAuthentication {
    const { rateLimiter } = this.#ports
    if (bound === undefined)
      return { kind: 'wrong', ...rateLimiter.note(sourceAddress, undefined, at) }
    const owner = ownerOf(bound)
    const { sid } = bound.identity
    const code = result?.code
    return {
      kind: 'wrong',
      signIn: BASIC,
      identity: {
        kind: 'directory-account',
        sid,
        ...(code !== undefined && { directoryCode: code }),
      },
      owner,
      ...rateLimiter.note(sourceAddress, undefined, at, owner),
    }
  }
}

const BASIC = { scheme: 'Basic' } as const

const isAccount = (bound: BoundIdentity): bound is BoundAccount =>
  bound.identity.kind === 'directory-account'

function authenticated(
  { name, roleReference, mailbox }: AccountName,
  { principal, identity }: BoundAccount,
  passwordSetAt: string | undefined,
): RequestAuthentication {
  return {
    kind: 'authenticated',
    caller: {
      principal,
      credential: { kind: 'directory-account', sid: identity.sid },
      proof: {
        kind: 'identity',
        reference: accountReference(name),
        identity: proofOf(identity),
        ...(roleReference !== undefined && { roleReference }),
        ...(passwordSetAt !== undefined && { passwordSetAt }),
      },
      signIn: BASIC,
      ...(mailbox !== undefined && { mailbox }),
    },
  }
}
