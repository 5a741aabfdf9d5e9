/**
 * Credentials: who calls, judged by the HTTP headers alone.
 *
 * @module
 */

import type { CredentialProof } from '../model/credential-proof.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { AccessKey, Principal, PrincipalId } from '../model/principal.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { Secret } from '../model/secret.ts'

/** What an authenticator is told of a request. */
export type Presented = Readonly<{
  /** The Authorization header as it came; absent where there was none. */
  authorization?: string | undefined
  /** The client's address, IPv4-mapped ones as IPv4. */
  sourceAddress: string
  /** Milliseconds since the epoch. */
  at: number
}>

/** A caller whose credential is good. The role is still to be found and judged. */
export type Caller = Readonly<{
  principal: Principal
  key: AccessKey
  /** With this, a decision can tell later whether the credential is still good. */
  proof: CredentialProof
  /** Whom the user name asks to be, by an address, for clients that send no ExchangeImpersonation. */
  mailbox?: string
}>

/** Principal of an access key that was presented. Unless the caller is authenticated, anyone can have presented it. */
export type KeyOwner = Readonly<{ organizationId: OrganizationId; principalId: PrincipalId }>

export const ownerOf = ({ principal }: Readonly<{ principal: Principal }>): KeyOwner => ({
  organizationId: principal.organizationId,
  principalId: principal.id,
})

export type Authentication =
  | Readonly<{ kind: 'authenticated'; caller: Caller }>
  /** No Authorization header: many clients send every request so at first. Only counted. */
  | Readonly<{ kind: 'missing' }>
  /** Unknown, malformed, wrong, disabled or expired. */
  | Readonly<{
      kind: 'wrong'
      accessKeyId?: string
      /** Owner of the key. Absent if the store doesn't have the key. */
      owner?: KeyOwner
      /** Whether this is the first of its address and key in a minute; others are only counted. */
      record: boolean
      /** Failures that the record stands for: this one and those before it that no record counted. */
      count: number
    }>
  /** Too many failures from this address with this key; nothing was compared. */
  | Readonly<{ kind: 'braked'; accessKeyId: string; retryAfterMs: number }>

export interface Authenticator {
  /** @throws Failure `policy-unavailable` where the store cannot tell */
  authenticate(presented: Presented): Promise<Authentication>
}

/** A token that lets its bearer act in a role. */
export type IssuedToken = Readonly<{
  /** At most 256 characters: three parts of base64url with dots between. */
  token: string
  expiresInSeconds: number
}>

export interface TokenIssuer {
  /** A token for a role as it is now, bound to the principal and the key that asked for it. */
  issue(role: ImpersonationRole, principal: Principal, key: AccessKey): Promise<IssuedToken>
}

/** Everything that a token is verified by besides its claims; without waiting, as far as it is known. */
export interface TokenAnchors {
  /** Returns the mark of the store's epoch; undefined if the store must be read. */
  epoch(): string | undefined
  /** @throws Failure `policy-unavailable` */
  loadEpoch(): Promise<string>
  /** Returns whether a key with this ID signs tokens; undefined if the store must be read. */
  isSigningKey(id: string): boolean | undefined
  /** @throws Failure `policy-unavailable` */
  loadSigningKey(id: string): Promise<boolean>
}

/** Makes access keys. The secret is told once and then only sealed. */
export interface KeyMaker {
  make(principal: Principal['id'], expiresAt?: number): Readonly<{ key: AccessKey; secret: Secret }>
}

/** An HTTP request as a signature covers it. */
export type SignedRequest = Readonly<{
  method: string
  /** Path and query as they came. */
  url: string
  /** In the order they came, names as written: `[name, value]`. */
  headers: readonly (readonly [name: string, value: string])[]
  body: Uint8Array
  sourceAddress: string
  /** Whether it came over TLS or from this machine. */
  secure: boolean
  at: number
}>

/** A signed request without its body, which a caller may have to be known for to send. */
export type SignedHead = Omit<SignedRequest, 'body'>

/** Why a request to the control API is nobody's; the words of AWS's common errors. */
export type SignatureProblem =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidClientTokenIdException'

export type Verification =
  | Readonly<{ kind: 'verified'; principal: Principal; key: AccessKey }>
  | Readonly<{
      kind: 'refused'
      problem: SignatureProblem
      message: string
      /** To be recorded: the first failure of its address and key in a minute, for so many. */
      record?: Readonly<{ accessKeyId?: string; owner?: KeyOwner; count: number }>
    }>

export interface RequestVerifier {
  /**
   * Whether a request is of the right form and names a key that this gateway made. Reads nothing but
   * its headers; a request that is not recognized is refused by {@link verify}, whatever its body.
   */
  recognizes(head: SignedHead): boolean
  /** @throws Failure `policy-unavailable` where the store cannot tell */
  verify(request: SignedRequest): Promise<Verification>
}

/** An access key as somebody typed it. */
export type TypedKey = Readonly<{
  accessKeyId: string
  secretAccessKey: Secret
  sourceAddress: string
  at: number
}>

export interface SecretVerifier {
  /** Judges a key by its secret, under the same brake. @throws Failure `policy-unavailable` */
  verifySecret(typed: TypedKey): Promise<Verification>
}

/** A session as a browser presents it. */
export type PresentedSession = Readonly<{
  cookie: string
  /** Whether it came over TLS; a session is good for one of the two only. */
  secure: boolean
  at: number
  /** Whether somebody does something, so that the session goes on. */
  active: boolean
}>

/** Who is signed in, and until when if nothing is done, in milliseconds since the epoch. */
export type SessionCaller = Readonly<{ principal: Principal; key: AccessKey; expiresAt: number }>

/** What the browser is given, of characters that a cookie may have. */
export type BegunSession = Readonly<{ cookie: string; expiresAt: number }>

/**
 * Sessions of the console. One ends with its key and its principal, when the principal's policy
 * changes, 30 minutes after it was last active, and 12 hours after it began.
 */
export interface ConsoleSessions {
  /** Whether this gateway made the cookie. Reads nothing; the session may be over. */
  recognizes(presented: Pick<PresentedSession, 'cookie' | 'secure'>): boolean
  /** @throws Failure `policy-unavailable` */
  begin(
    credential: Readonly<{ principal: Principal; key: AccessKey }>,
    secure: boolean,
    at: number,
  ): Promise<BegunSession>
  /** Undefined for one that is over or never was. @throws Failure `policy-unavailable` */
  verify(presented: PresentedSession): Promise<SessionCaller | undefined>
  /** Ends it on every gateway. Ending what is none changes nothing. */
  end(presented: Pick<PresentedSession, 'cookie' | 'secure'>): Promise<void>
}
