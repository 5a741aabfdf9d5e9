/**
 * Issues and authenticates tokens. The bearer of a token acts in its role for at most fifteen minutes.
 *
 * A token is bound to a role, and to the principal and the access key that assumed it. Its signature is verified
 * without reading the store. Then the key and the principal must be valid, and the tokens of the role must not have
 * been revoked since the token was issued. The decision checks whether the role exists, is unlocked, and is
 * allowed.
 *
 * @module
 */

import type { PolicyWatch } from '../cache/cache.ts'
import { type AccessKey, endOfCredential, type Principal } from '../model/principal.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { SignIn } from '../model/sign-in.ts'
import { credentialOfToken, isExpired, type TokenClaims } from '../model/token.ts'
import type { CredentialReader, RoleReader } from '../store/store.ts'
import type { AuthenticationRateLimiter } from './authentication-rate-limiter.ts'
import type {
  IssuedToken,
  PresentedCredential,
  RequestAuthentication,
  RequestAuthenticator,
  TokenIssuer,
} from './credentials.ts'
import { type Signer, type SigningKeys, TOKEN_TTL_MS } from './signing-keys.ts'
import { epochMark, readToken, verifyToken, writeToken } from './token-text.ts'

/** Issues tokens that a {@link BearerAuthenticator} with the same keys and store accepts. */
export class SignedTokenIssuer implements TokenIssuer {
  readonly #keys: SigningKeys
  readonly #watch: Pick<PolicyWatch, 'epoch'>
  readonly #now: () => number

  /** @param now - returns the time in milliseconds since the epoch */
  constructor(keys: SigningKeys, watch: Pick<PolicyWatch, 'epoch'>, now: () => number) {
    this.#keys = keys
    this.#watch = watch
    this.#now = now
  }

  /** @throws Failure `policy-unavailable` if the store cannot be read */
  async issue(role: ImpersonationRole, principal: Principal, key: AccessKey): Promise<IssuedToken> {
    const [signer, epoch] = await Promise.all([this.#keys.signer(), this.#watch.epoch()])
    const { notAfter: roleEnd = Number.POSITIVE_INFINITY } = role
    const now = this.#now()
    const expiresAt = Math.min(now + TOKEN_TTL_MS, roleEnd, endOfCredential({ key, principal }))
    const token = writeToken(signer, {
      organizationId: role.organizationId,
      principalId: principal.id,
      accessKeyId: key.id,
      roleId: role.id,
      roleVersion: role.version,
      epoch: epochMark(epoch),
      expiresAt,
    })
    return { token, expiresInSeconds: Math.max(0, Math.floor((expiresAt - now) / 1_000)) }
  }
}

/** Dependencies of a {@link BearerAuthenticator}. */
export type BearerPorts = Readonly<{
  keys: SigningKeys
  credentials: CredentialReader
  roles: Pick<RoleReader, 'role'>
  watch: Pick<PolicyWatch, 'epoch' | 'reach'>
  rateLimiter: AuthenticationRateLimiter
}>

/** A verified token, and the key object that verified it. */
type Verified = Readonly<{ keyId: string; signer: Signer; claims: TokenClaims }>

/** Maximum number of cached tokens, each of at most 256 characters. A full cache is cleared. */
const MAX_VERIFIED = 4_096

const BEARER: SignIn = { scheme: 'Bearer' }

const HEADER = /^Bearer +([!-~]+) *$/i

/**
 * Authenticates `Bearer` headers, and rejects every other scheme.
 *
 * Caches the claims of verified tokens while their signing key is the same object, because a client sends the same token
 * with every request. Checks for each request whether the token is still valid.
 */
export class BearerAuthenticator implements RequestAuthenticator {
  readonly #ports: BearerPorts
  readonly #verified = new Map<string, Verified>()

  constructor(ports: BearerPorts) {
    this.#ports = ports
  }

  async authenticate(request: PresentedCredential): Promise<RequestAuthentication> {
    const { authorization } = request
    if (authorization === undefined) return { kind: 'missing' }

    const verified = await this.#read(authorization)
    if (verified === undefined) return this.#wrong(request, undefined)
    const { claims } = verified
    if (isExpired(claims, request)) return this.#wrong(request, claims)
    const { credentials, roles, watch } = this.#ports
    // Makes sure that this gateway decides on the version that the issuer had read, or a later one.
    await watch.reach(claims.organizationId, claims.roleVersion)
    const [credential, role, epoch] = await Promise.all([
      credentials.credential(claims.accessKeyId),
      roles.role(claims.organizationId, claims.roleId),
      watch.epoch(),
    ])
    const evidence = { credential, role, epoch: epochMark(epoch) }
    const current = credentialOfToken(claims, evidence, request)
    if (current === undefined) return this.#wrong(request, claims)

    const proof = { kind: 'token', claims, signingKeyId: verified.keyId } as const
    const { principal, key } = current
    const credentialOfKey = { kind: 'access-key', key } as const
    const caller = { principal, credential: credentialOfKey, proof, signIn: BEARER }
    return { kind: 'authenticated', caller }
  }

  /** Returns the claims of a token that one of the store's keys signed. */
  async #read(authorization: string): Promise<Verified | undefined> {
    const { keys } = this.#ports
    const [, text] = HEADER.exec(authorization) ?? []
    if (text === undefined) return undefined
    const known = this.#verified.get(text)
    if (known !== undefined && (await keys.find(known.keyId)) === known.signer) return known
    const parts = readToken(text)
    const signer = parts && (await keys.find(parts.keyId))
    if (parts === undefined || signer === undefined) return undefined
    const claims = verifyToken(parts, signer.secret)
    if (claims === undefined) return undefined
    const verified = { keyId: parts.keyId, signer, claims }
    if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear()
    this.#verified.set(text, verified)
    return verified
  }

  /** Counts a failure, but not for the limit of the key, because an expired token must not lock out its client. */
  #wrong(request: PresentedCredential, claims: TokenClaims | undefined): RequestAuthentication {
    const { sourceAddress, at } = request
    const { rateLimiter } = this.#ports
    if (claims === undefined)
      return { kind: 'wrong', ...rateLimiter.note(sourceAddress, undefined, at) }
    const { accessKeyId, organizationId, principalId } = claims
    const owner = { organizationId, principalId }
    const failure = rateLimiter.note(sourceAddress, accessKeyId, at, owner)
    return { kind: 'wrong', accessKeyId, owner, signIn: BEARER, ...failure }
  }
}
