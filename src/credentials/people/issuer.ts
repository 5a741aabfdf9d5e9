/**
 * Port to an OpenID Connect issuer.
 *
 * @module
 */

/** Claims of a valid ID token. */
export type Claims = Readonly<Record<string, unknown> & { iss: string; sub: string }>

/** Tokens that a session keeps. */
export type IssuerTokens = Readonly<{
  /** For the sign-out at the issuer. */
  id: string
  /** Absent if the issuer gives none. */
  refresh?: string
}>

/** Random values that bind a response to its request. */
export type Challenge = Readonly<{ state: string; nonce: string; verifier: string }>

/** Result of a request to the issuer. */
export type IssuerAnswer =
  | Readonly<{ kind: 'accepted'; claims: Claims; tokens: IssuerTokens }>
  /** The issuer let no person sign in. */
  | Readonly<{ kind: 'cancelled'; cause: Error }>
  /** The response is not valid, or the issuer accepts the code or the refresh token no longer. */
  | Readonly<{ kind: 'rejected'; cause: Error }>

export interface Issuer {
  challenge(): Challenge
  /** Returns the URL at which the person signs in. @throws IssuerUnavailable */
  authorizationUrl(challenge: Challenge): Promise<string>
  /**
   * Exchanges the code in a response for tokens.
   *
   * @param query - query of the URL to which the issuer sent the browser
   * @throws IssuerUnavailable
   */
  redeem(query: string, challenge: Challenge): Promise<IssuerAnswer>
  /** Exchanges a refresh token for new tokens. @throws IssuerUnavailable */
  refresh(token: string): Promise<IssuerAnswer>
  /** Returns the URL that signs the person out; undefined if the issuer has none. @throws IssuerUnavailable */
  signOutUrl(idToken: string): Promise<string | undefined>
}

/** An issuer that says whether it accepts the gateway as its client. */
export interface CheckableIssuer extends Issuer {
  /** Returns why the issuer doesn't accept the gateway as its client; undefined if it does. */
  clientProblem(): Promise<string | undefined>
}
