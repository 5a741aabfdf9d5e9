/**
 * Tokens: who bears one acts in the role for which it was issued, for fifteen minutes at most.
 *
 * A token is bound to a role, and to the principal and the access key that assumed it. Its signature is
 * verified from memory; then the key and the principal must be live at this moment, and the tokens of
 * the role not revoked since. Whether the role is there, unlocked, and allowed is for the decision.
 *
 * @module
 */

import type { PolicyWatch } from '../cache/cache.ts'
import type { AccessKey, Principal } from '../model/principal.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { credentialOfToken, isExpired, type TokenClaims } from '../model/token.ts'
import type { CredentialReader, RoleReader } from '../store/store.ts'
import type { Brake } from './brake.ts'
import type {
  Authentication,
  Authenticator,
  IssuedToken,
  Presented,
  TokenIssuer,
} from './credentials.ts'
import { type Signer, type SigningKeys, TOKEN_LIFE_MS } from './signing-keys.ts'
import { epochMark, readToken, verifyToken, writeToken } from './token-text.ts'

/** Issues tokens that a {@link BearerAuthenticator} with the same keys and store takes. */
export class SignedTokenIssuer implements TokenIssuer {
  readonly #keys: SigningKeys
  readonly #watch: Pick<PolicyWatch, 'epoch'>
  readonly #now: () => number

  /** @param now - the time in milliseconds since the epoch */
  constructor(keys: SigningKeys, watch: Pick<PolicyWatch, 'epoch'>, now: () => number) {
    this.#keys = keys
    this.#watch = watch
    this.#now = now
  }

  /** @throws Failure `policy-unavailable` where the store cannot be read */
  async issue(role: ImpersonationRole, principal: Principal, key: AccessKey): Promise<IssuedToken> {
    const [signer, epoch] = await Promise.all([this.#keys.signer(), this.#watch.epoch()])
    const token = writeToken(signer, {
      organizationId: role.organizationId,
      principalId: principal.id,
      accessKeyId: key.id,
      roleId: role.id,
      roleVersion: role.version,
      roleType: role.type,
      epoch: epochMark(epoch),
      expiresAt: this.#now() + TOKEN_LIFE_MS,
    })
    return { token, expiresInSeconds: TOKEN_LIFE_MS / 1_000 }
  }
}

/** What a {@link BearerAuthenticator} works with. */
export type BearerPorts = Readonly<{
  keys: SigningKeys
  credentials: CredentialReader
  roles: Pick<RoleReader, 'role'>
  watch: Pick<PolicyWatch, 'epoch' | 'reach'>
  brake: Brake
}>

/** A token that was verified, and the very key that had signed it. */
type Verified = Readonly<{ keyId: string; signer: Signer; claims: TokenClaims }>

/** Tokens that are remembered, of 256 characters at most, until all are forgotten. */
const VERIFIED = 4_096

const HEADER = /^Bearer +([!-~]+) *$/i

/**
 * Takes `Bearer` and refuses every other scheme.
 *
 * A client sends the same token with every request: what it says is remembered, for as long as the
 * key that signed it is the same. Whether it still counts is judged each time.
 */
export class BearerAuthenticator implements Authenticator {
  readonly #ports: BearerPorts
  readonly #verified = new Map<string, Verified>()

  constructor(ports: BearerPorts) {
    this.#ports = ports
  }

  async authenticate(presented: Presented): Promise<Authentication> {
    const { authorization, at } = presented
    if (authorization === undefined) return { kind: 'missing' }

    const verified = await this.#read(authorization)
    if (verified === undefined) return this.#wrong(presented, undefined)
    const { claims } = verified
    if (isExpired(claims, at)) return this.#wrong(presented, claims)
    const { credentials, roles, watch } = this.#ports
    // It was issued by somebody who had seen this version: less must not be known here.
    await watch.reach(claims.organizationId, claims.roleVersion)
    const [credential, role, epoch] = await Promise.all([
      credentials.credential(claims.accessKeyId),
      roles.role(claims.organizationId, claims.roleId),
      watch.epoch(),
    ])
    const evidence = { credential, role, epoch: epochMark(epoch) }
    const current = credentialOfToken(claims, evidence, at)
    if (current === undefined) return this.#wrong(presented, claims)

    const proof = { kind: 'token', claims, signingKeyId: verified.keyId } as const
    return { kind: 'authenticated', caller: { ...current, proof } }
  }

  /** Reads a token that one of our keys signed. */
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
    if (this.#verified.size >= VERIFIED) this.#verified.clear()
    this.#verified.set(text, verified)
    return verified
  }

  /** Never brakes the key, for a token that ran out must not lock its client out. */
  #wrong(presented: Presented, claims: TokenClaims | undefined): Authentication {
    const { sourceAddress, at } = presented
    const { brake } = this.#ports
    if (claims === undefined) return { kind: 'wrong', ...brake.note(sourceAddress, undefined, at) }
    const { accessKeyId, organizationId, principalId } = claims
    const owner = { organizationId, principalId }
    const failure = brake.note(sourceAddress, accessKeyId, at, owner)
    return { kind: 'wrong', accessKeyId, owner, ...failure }
  }
}
