/**
 * Chooses the authenticator for the scheme of an Authorization header.
 *
 * @module
 */

import { after, type MaybePromise } from '../model/maybe-promise.ts'
import type { AuthenticationRateLimiter } from './authentication-rate-limiter.ts'
import type { ConnectionAuthenticator } from './connection-authenticator.ts'
import {
  type Authentication,
  type AuthenticationRequest,
  type Authenticator,
  type Caller,
  hasKey,
  type KeyCaller,
  type PresentedCredential,
  type RequestAuthentication,
  type RequestAuthenticator,
} from './credentials.ts'
import type { AccountAuthenticator } from './directory-accounts.ts'
import type { IssuerAuthenticator } from './issuer-tokens.ts'
import type { KeyUsage } from './key-usage.ts'

/** Dependencies of a {@link SchemeAuthenticator}. */
export type SchemePorts = Readonly<{
  /** Authenticator for `Basic`. It rejects every other scheme. */
  basic: RequestAuthenticator<KeyCaller>
  bearer: RequestAuthenticator
  /** Authenticator for `Basic` with an account of a directory. Absent if that is not configured. */
  accounts?: Pick<AccountAuthenticator, 'authenticate' | 'confirm'>
  /** Authenticator for schemes that authenticate a connection. Absent if no host name offers one. */
  connections?: ConnectionAuthenticator
  /** Authenticator for `Bearer` with tokens of trusted issuers. Absent if there are none. */
  issuers?: Pick<IssuerAuthenticator, 'authenticate'>
  rateLimiter: Pick<AuthenticationRateLimiter, 'note'>
  usage: KeyUsage
}>

/** Authenticates requests by the schemes that their host name offers, and records the use of keys. */
export class SchemeAuthenticator implements Authenticator {
  readonly #ports: SchemePorts

  constructor(ports: SchemePorts) {
    this.#ports = ports
  }

  authenticate(request: AuthenticationRequest): MaybePromise<Authentication> {
    const { connections } = this.#ports
    const authenticating = connections?.authenticate(request) ?? this.#byRequest(request)
    return after(authenticating, authentication => this.#noted(authentication, request))
  }

  authenticateClient(client: PresentedCredential): MaybePromise<RequestAuthentication<KeyCaller>> {
    const authenticating = this.#ports.basic.authenticate(client)
    return after(authenticating, authentication => this.#noted(authentication, client))
  }

  confirm(caller: Caller): MaybePromise<Caller> {
    return this.#ports.accounts?.confirm(caller) ?? caller
  }

  #noted<T extends Authentication>(authentication: T, { at }: PresentedCredential): T {
    if (authentication.kind === 'authenticated' && hasKey(authentication.caller))
      this.#ports.usage.note(authentication.caller.credential.key, at)
    return authentication
  }

  #byRequest(request: AuthenticationRequest): MaybePromise<RequestAuthentication> {
    const { accounts, basic, bearer, issuers, rateLimiter } = this.#ports
    const { authorization, sourceAddress, at, offer } = request
    if (authorization === undefined) return { kind: 'missing' }
    const isToken = isBearer(authorization)
    if (!offer.schemes.includes(isToken ? 'Bearer' : 'Basic'))
      return { kind: 'wrong', ...rateLimiter.note(sourceAddress, undefined, at) }
    if (isToken) return issuers?.authenticate(request) ?? bearer.authenticate(request)
    return accounts?.authenticate(request) ?? basic.authenticate(request)
  }
}

const isBearer = (authorization: string): boolean => /^Bearer /i.test(authorization)
