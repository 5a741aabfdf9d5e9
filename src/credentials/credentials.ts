/**
 * Ports and types of authentication, which depends on the HTTP headers only.
 *
 * @module
 */

import type { CredentialProof } from '../model/credential-proof.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'
import type { Person } from '../model/person.ts'
import type { AccessKey, Principal, PrincipalId } from '../model/principal.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { Secret } from '../model/secret.ts'
import type {
  ExtendedProtection,
  ExternalSignIn,
  Scheme,
  SignIn,
  SignInOffer,
} from '../model/sign-in.ts'
import type { Moment } from '../model/validity.ts'

/** Credential of a request. */
export type PresentedCredential = Moment &
  Readonly<{
    /** Value of the Authorization header. Absent if there is none. */
    authorization?: string | undefined
    /** Address of the client. IPv4-mapped addresses are written as IPv4. */
    sourceAddress: string
  }>

/**
 * A connection of a client: the same object for all of its requests. An authenticator can bind an identity to it,
 * unless a trusted proxy opened it, because such a connection carries requests of several clients.
 */
export type ClientConnection = Readonly<{
  /** Whether a trusted proxy opened the connection. */
  isProxied: boolean
  /** Returns the certificate that the gateway presented on this connection, in DER; undefined without TLS. */
  certificate: () => Uint8Array | undefined
}>

/** Parts of a request that an authenticator needs. */
export type AuthenticationRequest = PresentedCredential &
  Readonly<{
    /** How clients can sign in under the host name of the request. */
    offer: SignInOffer
    connection: ClientConnection
    /** Whether an earlier request on the connection has no complete response yet. */
    isPipelined: boolean
  }>

/** Credential that a caller presented, or that its token was issued for. */
export type CallerCredential = KeyCredential | ExternalSignIn

export type KeyCredential = Readonly<{ kind: 'access-key'; key: AccessKey }>

/** A caller with a valid credential. The decision finds and evaluates the role later. */
export type Caller = Readonly<{
  principal: Principal
  credential: CallerCredential
  /** Proof of the credential. Later decisions use it to check whether the credential is still valid. */
  proof: CredentialProof
  signIn: SignIn
  /** Address of the user to impersonate, from the user name of a client that sends no ExchangeImpersonation. */
  mailbox?: string
}>

/** A caller that presented an access key, or a token of one. */
export type KeyCaller = Caller & Readonly<{ credential: KeyCredential }>

/** Whether a caller presented an access key, or a token of one. */
export const hasKey = (caller: Caller): caller is KeyCaller =>
  caller.credential.kind === 'access-key'

/** Principal of the access key in a request. Unless the caller is authenticated, anyone can have sent the request. */
export type KeyOwner = Readonly<{ organizationId: OrganizationId; principalId: PrincipalId }>

/** Returns the owner of a credential. */
export const ownerOf = ({ principal }: Readonly<{ principal: Principal }>): KeyOwner => ({
  organizationId: principal.organizationId,
  principalId: principal.id,
})

/** Result of authenticating a request by its Authorization header alone. */
export type RequestAuthentication<C extends Caller = Caller> =
  | Readonly<{ kind: 'authenticated'; caller: C }>
  /** The request has no Authorization header. Only counted, because many clients send each request this way first. */
  | Readonly<{ kind: 'missing' }>
  /** The credential is unknown, malformed, wrong, disabled, or expired. */
  | Readonly<{
      kind: 'wrong'
      accessKeyId?: string
      /** External identity that the credential is for. Absent if no principal is bound to it. */
      identity?: ExternalSignIn
      /** Owner of the key, or the principal of the identity. Absent if the store doesn't have it. */
      owner?: KeyOwner
      /** Absent if the scheme is not offered, or if the credential is malformed. */
      signIn?: SignIn
      /**
       * Whether this failure must be recorded, because it is the first of its address and key in a minute. Others
       * are only counted.
       */
      record: boolean
      /** Number of failures that the record counts: this one, and earlier ones that no record counted. */
      count: number
    }>
  /** Too many failures from this address with this key. The secret was not compared. */
  | Readonly<{ kind: 'braked'; accessKeyId: string; retryAfterMs: number }>

/** Result of authenticating a request. */
export type Authentication =
  | RequestAuthentication
  /** An exchange of messages continues. The client must get a 401 with this token, in base64, as its only challenge. */
  | Readonly<{ kind: 'continue'; scheme: Scheme; token: string }>
  /** The request arrived in the middle of such an exchange. It is rejected, and its connection must be closed. */
  | Readonly<{ kind: 'interleaved' }>

/** Authenticates requests by their Authorization header alone. */
export interface RequestAuthenticator<C extends Caller = Caller> {
  /** @throws Failure `policy-unavailable` if the store cannot be read */
  authenticate(request: PresentedCredential): MaybePromise<RequestAuthentication<C>>
}

/** Authenticates requests of the data plane. */
export interface Authenticator {
  /** @throws Failure `policy-unavailable` if the store cannot be read */
  authenticate(request: AuthenticationRequest): MaybePromise<Authentication>
  /**
   * Authenticates a client of the token endpoint by an access key in a Basic header, whatever its host name offers.
   *
   * @throws Failure `policy-unavailable` if the store cannot be read
   */
  authenticateClient(client: PresentedCredential): MaybePromise<RequestAuthentication<KeyCaller>>
  /**
   * Returns the caller of an open request. Its proof has expired if a credential outside the gateway is no longer valid.
   *
   * @throws Failure `policy-unavailable` if that has not been known for too long
   */
  confirm(caller: Caller): MaybePromise<Caller>
}

/** A token. Its bearer acts in a role. */
export type IssuedToken = Readonly<{
  /** At most 256 characters: three parts of base64url with dots between. */
  token: string
  expiresInSeconds: number
}>

/** Issues tokens. */
export interface TokenIssuer {
  /**
   * Issues a token for the current version of a role, bound to the principal and the key of the caller. It ends with the
   * first of them.
   */
  issue(role: ImpersonationRole, principal: Principal, key: AccessKey): Promise<IssuedToken>
}

/** Data with which a token is verified, in addition to its claims. Returns cached data without waiting. */
export interface TokenAnchors {
  /** Returns a short value that identifies the store's epoch; undefined if the store must be read. */
  epoch(): string | undefined
  /** @throws Failure `policy-unavailable` */
  loadEpoch(): Promise<string>
  /** Returns whether a key with this ID signs tokens; undefined if the store must be read. */
  isSigningKey(id: string): boolean | undefined
  /** @throws Failure `policy-unavailable` */
  loadSigningKey(id: string): Promise<boolean>
}

/** Choices for a new access key. */
export type KeyChoices = Readonly<{
  /** Milliseconds since the epoch. If absent, the key is valid from the start. */
  notBefore?: number | undefined
  /** Milliseconds since the epoch. If absent, the key never expires. */
  expiresAt?: number | undefined
  /** If absent, `allow`. */
  extendedProtection?: ExtendedProtection | undefined
}>

/** Creates access keys. Only the result has the secret in plain text. */
export interface KeyMaker {
  make(
    principal: Principal['id'],
    choices: KeyChoices,
  ): Readonly<{ key: AccessKey; secret: Secret }>
}

/** Parts of an HTTP request that a signature covers. */
export type SignedRequest = Moment &
  Readonly<{
    method: string
    /** Path and query, not decoded. */
    url: string
    /** Headers in their order, with names as written: `[name, value]`. */
    headers: readonly (readonly [name: string, value: string])[]
    body: Uint8Array
    sourceAddress: string
    /** Whether the request came over TLS or from this machine. */
    secure: boolean
  }>

/** A signed request without its body. The body of an unrecognized caller is not read. */
export type SignedHead = Omit<SignedRequest, 'body'>

/** Reasons why a request to the control API is not authenticated, with the names of AWS's common errors. */
export type SignatureProblem =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidClientTokenIdException'

/** Result of verifying a request to the control API. */
export type Verification =
  | Readonly<{ kind: 'verified'; principal: Principal; key: AccessKey }>
  | Readonly<{
      kind: 'refused'
      problem: SignatureProblem
      message: string
      /** Facts for the audit record. Present only for the first failure of its address and key in a minute. */
      record?: Readonly<{ accessKeyId?: string; owner?: KeyOwner; count: number }>
    }>

/** Verifies requests to the control API. */
export interface RequestVerifier {
  /**
   * Whether a request is well-formed and names a key whose ID was created with the master key. Depends on the
   * headers only. {@link verify} rejects a request that is not recognized, whatever its body.
   */
  recognizes(head: SignedHead): boolean
  /** @throws Failure `policy-unavailable` if the store cannot be read */
  verify(request: SignedRequest): Promise<Verification>
}

/** An access key that a person typed. */
export type TypedKey = Moment &
  Readonly<{
    accessKeyId: string
    secretAccessKey: Secret
    sourceAddress: string
  }>

/** Verifies access keys at the sign-in of the console. */
export interface SecretVerifier {
  /** Verifies a key by its secret, unless it is rate-limited. @throws Failure `policy-unavailable` */
  verifySecret(typed: TypedKey): Promise<Verification>
}

/** Session cookie of a request. */
export type PresentedSession = Moment &
  Readonly<{
    cookie: string
    /** Whether the request came over TLS. A session is valid either over TLS or without it. */
    secure: boolean
    /** Whether the request is activity of the user, which extends the session. */
    active: boolean
  }>

/** A principal with the access key that it used, or with the person that the issuer identified. */
export type Identified = Readonly<{ principal: Principal }> &
  (
    | Readonly<{ key: AccessKey; person?: never }>
    /** The principal is not in the store. Its policy is that of the configured grants. */
    | Readonly<{ key?: never; person: Person }>
  )

/** Caller of a session. Without activity, the session ends at `expiresAt`, in milliseconds since the epoch. */
export type SessionCaller = Identified & Readonly<{ expiresAt: number }>

/** A new session. Its value contains only characters that are valid in a cookie. */
export type BegunSession = Readonly<{ cookie: string; expiresAt: number }>

/**
 * Sessions of the console. A session ends if its key or principal is disabled, deleted, or outside its period, if the
 * principal's policy changes, 30 minutes after the last activity, or 12 hours after its start.
 */
export interface ConsoleSessions {
  /** Whether the cookie was created with the master key. Does not read the store, so the session may have ended. */
  recognizes(presented: Pick<PresentedSession, 'cookie' | 'secure'>): boolean
  /** @throws Failure `policy-unavailable` */
  begin(
    credential: Readonly<{ principal: Principal; key: AccessKey }>,
    secure: boolean,
    at: number,
  ): Promise<BegunSession>
  /**
   * Returns undefined if the session has ended or never existed.
   *
   * @throws Failure `policy-unavailable`
   * @throws IssuerUnavailable if the issuer must confirm the session and doesn't respond
   */
  verify(presented: PresentedSession): Promise<SessionCaller | undefined>
  /** Ends a session on every gateway. Does nothing if there is no such session. */
  end(presented: Pick<PresentedSession, 'cookie' | 'secure'>): Promise<void>
}

/** The issuer doesn't respond, or doesn't accept the gateway as its client. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable'
}

/**
 * Reasons why a person can't sign in. `expired`: this browser began no sign-in, or too long ago. `cancelled`: the
 * issuer let no person sign in. `rejected`: the response is not what the issuer sends to this sign-in. `no-access`: no
 * grant matches the person.
 */
export type SignInProblem = 'expired' | 'cancelled' | 'rejected' | 'unavailable' | 'no-access'

/** A sign-in that begins. */
export type BeginningSignIn = Readonly<{
  /** Cookie of the browser's session, which ends if the sign-in succeeds. */
  session?: string | undefined
  secure: boolean
  at: number
}>

/** Response of the issuer, which the browser brings back. */
export type BroughtResponse = Readonly<{
  /** Cookie of {@link PersonSignIn.begin}. */
  cookie: string | undefined
  /** Query of the URL, with its question mark. */
  query: string
  secure: boolean
  at: number
}>

export type SignInResult =
  | Readonly<{
      kind: 'identified'
      principal: Principal
      person: Person
      /** Starts the session, and ends the one that the browser had when the sign-in began. */
      begin: () => Promise<BegunSession>
    }>
  | Readonly<{ kind: 'failed'; problem: SignInProblem; person?: Person; cause?: unknown }>

/** Sign-in of people to the console at an OpenID Connect issuer. */
export interface PersonSignIn {
  /** Name of the issuer on the sign-in page. */
  readonly issuerName: string
  /**
   * Returns the URL of the issuer to open, and a cookie that binds the sign-in to the browser.
   *
   * @throws IssuerUnavailable
   */
  begin(beginning: BeginningSignIn): Promise<Readonly<{ url: string; cookie: string }>>
  finish(brought: BroughtResponse): Promise<SignInResult>
  /** Returns the URL that signs a person out at the issuer; undefined if the issuer has none. */
  signOutUrl(presented: Pick<PresentedSession, 'cookie' | 'secure'>): Promise<string | undefined>
}
