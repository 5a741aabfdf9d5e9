/**
 * Authentication schemes that clients can use, by the host name of their request.
 *
 * @module
 */

/** Authentication schemes of HTTP, in the spelling of a challenge. */
export const SCHEMES = ['Basic', 'Bearer', 'NTLM'] as const
export type Scheme = (typeof SCHEMES)[number]

/** Schemes that authenticate a connection, and not each request. */
export const CONNECTION_SCHEMES: readonly Scheme[] = ['NTLM']

/**
 * Whether a proof must have the parts that protect it against relays: a channel binding, and a message integrity code.
 * A wrong part is always rejected.
 */
export const EXTENDED_PROTECTIONS = ['allow', 'require'] as const
export type ExtendedProtection = (typeof EXTENDED_PROTECTIONS)[number]

/** How clients can sign in under one host name. */
export type SignInOffer = Readonly<{
  /** Schemes that a 401 offers, in this order. Any other scheme is rejected. */
  schemes: readonly Scheme[]
  extendedProtection: ExtendedProtection
}>

/** Identity outside the gateway that signed in, or whose credential was wrong, for audit records. */
export type ExternalSignIn =
  | Readonly<{
      kind: 'directory-account'
      /** The objectSid. */
      sid: string
      /** Reason of the directory for a rejection, as in `data 52e`. */
      directoryCode?: string
    }>
  | Readonly<{
      kind: 'issuer-token'
      issuer: string
      /** Claim that names the caller, and its value. */
      claim: string
      subject: string
      /** ID of the key that signed the token. */
      kid?: string
      /** ID of the token. */
      jti?: string
    }>

/**
 * Offer for host names that the configuration doesn't list. Basic comes first, because some clients read only the
 * first challenge.
 */
export const DEFAULT_OFFER: SignInOffer = {
  schemes: ['Basic', 'Bearer'],
  extendedProtection: 'allow',
}

/** Whether a part of a proof that protects it against relays is right. */
export type Protection = 'ok' | 'absent' | 'wrong'

/** How a caller signed in, as far as that is known. */
export type SignIn = Readonly<{
  scheme: Scheme
  /** Whether the request has the proof, or its connection. Absent for schemes that prove each request. */
  signedInBy?: 'request' | 'connection'
  /** Name of the client's machine, as the client claims it. */
  workstation?: string
  /** Message integrity code. */
  mic?: Protection
  channelBinding?: Protection
  /** Service that the client wants to sign in at. */
  targetName?: Protection
  /** Present if the sign-in was rejected because it lacks parts: who requires them. */
  protectionRequiredBy?: 'host' | 'key'
}>

/** Whether a sign-in by NTLM lacks the parts that `require` demands. */
export const isUnprotected = ({ scheme, mic, channelBinding }: SignIn): boolean =>
  scheme === 'NTLM' && (mic !== 'ok' || channelBinding !== 'ok')
