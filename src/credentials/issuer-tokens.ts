/**
 * Authenticates tokens that a trusted issuer signed, such as AD FS or Entra.
 *
 * The issuer, its keys, the audience, and the algorithms are configured, so nothing in a token chooses them. A principal
 * is bound to one claim of the token that never changes.
 *
 * @module
 */

import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import {
  type BoundIdentity,
  proofOf,
  SUBJECT_CLAIMS,
  subjectReference,
  type TokenSubject,
} from '../model/external-identity.ts'
import { Failure } from '../model/failure.ts'
import type { PolicyDocument } from '../model/iam.ts'
import { MINUTE_MS } from '../model/minute-counts.ts'
import type { Principal } from '../model/principal.ts'
import type { ExternalSignIn } from '../model/sign-in.ts'
import type { Moment } from '../model/validity.ts'
import type { IdentityReader } from '../store/store.ts'
import type { AuthenticationRateLimiter } from './authentication-rate-limiter.ts'
import { ownerOf, type PresentedCredential, type RequestAuthentication } from './credentials.ts'

/** An issuer whose tokens are accepted. */
export type TrustedIssuer = Readonly<{
  /** The `iss` of its tokens. */
  issuer: string
  /** The `aud` of tokens for this gateway. */
  audience: string
  /** Accepted signature algorithms, all of them with a public key. */
  algorithms: readonly string[]
  keys: JWTVerifyGetKey
}>

/** Dependencies of an {@link IssuerAuthenticator}. */
export type IssuerPorts = Readonly<{
  issuers: readonly TrustedIssuer[]
  identities: IdentityReader
  rateLimiter: Pick<AuthenticationRateLimiter, 'note'>
  /** Whether a policy allows nothing except AssumeImpersonationRole. Principals with other policies are rejected. */
  assumesOnly: (policy: PolicyDocument) => boolean
}>

/** A verified token, and until when it is not verified again, by the latest time that the process has seen. */
type Verified = Readonly<{ payload: JWTPayload; kid: string | undefined; until: number }>

type BoundSubject = Readonly<{ identity: TokenSubject; principal: Principal }>

/** Tolerated difference between the clocks of the issuer and the gateway. */
const CLOCK_TOLERANCE_SECONDS = 30

/** How long a verified token is not verified again. */
const VERIFIED_MS = MINUTE_MS
/** Maximum number of remembered tokens, and maximum length of one. A full cache is cleared. */
const MAX_VERIFIED = 1_024
const MAX_VERIFIED_LENGTH = 8_192

const HEADER = /^Bearer +(eyJ[\w-]+\.[\w-]+\.[\w-]*) *$/i

export class IssuerAuthenticator {
  readonly #ports: IssuerPorts
  readonly #verified = new Map<string, Verified>()

  constructor(ports: IssuerPorts) {
    this.#ports = ports
  }

  /**
   * Returns undefined if the header has no JSON Web Token. The gateway's own tokens have another form.
   *
   * @throws Failure `policy-unavailable` if the store, or the keys of the issuer, can't be read
   */
  authenticate(request: PresentedCredential): Promise<RequestAuthentication> | undefined {
    const [, token] = HEADER.exec(request.authorization ?? '') ?? []
    return token === undefined ? undefined : this.#authenticate(request, token)
  }

  async #authenticate(request: PresentedCredential, token: string): Promise<RequestAuthentication> {
    const verified = await this.#verify(token, request)
    if (verified === undefined) return this.#wrong(request)
    const { payload, kid } = verified
    const bound = await this.#boundTo(payload)
    if (bound === undefined) return this.#wrong(request)
    const { principal, identity } = bound
    const { issuer, claim, subject } = identity
    const external: ExternalSignIn = {
      kind: 'issuer-token',
      issuer,
      claim,
      subject,
      ...(kid !== undefined && { kid }),
      ...(payload.jti !== undefined && { jti: payload.jti }),
    }
    if (!principal.enabled || !this.#ports.assumesOnly(principal.policy))
      return this.#wrong(request, bound, external)
    return {
      kind: 'authenticated',
      caller: {
        principal,
        credential: external,
        proof: {
          kind: 'identity',
          reference: subjectReference(issuer, claim, subject),
          identity: proofOf(identity),
          expiresAt: expiryOf(payload),
        },
        signIn: BEARER,
      },
    }
  }

  /** Returns the content of a token if it is valid at a time. */
  async #verify(token: string, { at, latest = at }: Moment): Promise<Verified | undefined> {
    const known = this.#verified.get(token)
    if (known !== undefined && latest < Math.min(known.until, expiryOf(known.payload))) return known
    this.#verified.delete(token)
    const trusted = this.#issuerOf(token)
    if (trusted === undefined) return undefined
    const { issuer, audience, algorithms, keys } = trusted
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(at),
      })
      // The date above also says whether the token is valid yet, so it is that of the clock.
      if (latest >= expiryOf(payload)) return undefined
      const verified = { payload, kid: protectedHeader.kid, until: latest + VERIFIED_MS }
      if (token.length > MAX_VERIFIED_LENGTH) return verified
      if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear()
      this.#verified.set(token, verified)
      return verified
    } catch (error) {
      if (isInvalid(error)) return undefined
      throw new Failure('policy-unavailable', `Cannot read the keys of the issuer ${issuer}`, {
        cause: error,
      })
    }
  }

  /** Returns the trusted issuer that a token names, which is not verified yet; undefined if its claims are malformed. */
  #issuerOf(token: string): TrustedIssuer | undefined {
    try {
      const { iss } = decodeJwt(token)
      return this.#ports.issuers.find(({ issuer }) => issuer === iss)
    } catch {
      return undefined
    }
  }

  /** Returns the principal that is bound to a claim of a token; undefined if claims are bound to several principals. */
  async #boundTo(payload: JWTPayload): Promise<BoundSubject | undefined> {
    const found = await Promise.all(
      subjectsIn(payload).map(({ issuer, claim, subject }) =>
        this.#ports.identities.identity(subjectReference(issuer, claim, subject)),
      ),
    )
    const [bound, ...others] = found.filter(isSubject)
    const isAmbiguous = others.some(({ principal }) => principal.id !== bound?.principal.id)
    return isAmbiguous ? undefined : bound
  }

  #wrong(
    { sourceAddress, at }: PresentedCredential,
    bound?: BoundSubject,
    identity?: ExternalSignIn,
  ): RequestAuthentication {
    const owner = bound && ownerOf(bound)
    return {
      kind: 'wrong',
      signIn: BEARER,
      ...(identity && { identity }),
      ...(owner && { owner }),
      ...this.#ports.rateLimiter.note(sourceAddress, undefined, at, owner),
    }
  }
}

/**
 * Returns the subjects in a token to which a principal can be bound. In a token with `scp`, a person acts by an
 * application, so `appid` doesn't say who the caller is.
 */
export const subjectsIn = (payload: JWTPayload): readonly Omit<TokenSubject, 'kind'>[] =>
  SUBJECT_CLAIMS.flatMap(claim => {
    const { [claim]: subject, iss: issuer, scp } = payload
    const isCaller = claim !== 'appid' || scp === undefined
    return isCaller && typeof subject === 'string' && issuer !== undefined
      ? [{ issuer, claim, subject }]
      : []
  })

const BEARER = { scheme: 'Bearer' } as const

const isSubject = (bound: BoundIdentity | undefined): bound is BoundSubject =>
  bound?.identity.kind === 'token-subject'

const expiryOf = ({ exp = 0 }: JWTPayload): number => (exp + CLOCK_TOLERANCE_SECONDS) * 1_000

/** Whether a token is wrong. All other errors say that the keys could not be read. */
function isInvalid(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false
  // This code is that of a response without keys.
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
}
