/**
 * OpenID Connect issuer, with the package openid-client: authorization code with PKCE, state, and nonce.
 *
 * The package checks issuer, audience, expiry, algorithm, state, and nonce. This module adds the check of the
 * signature, so that trust in an ID token doesn't depend on TLS alone.
 *
 * @module
 */

import * as openid from 'openid-client'
import { ownMessageOf } from '../../model/certificate-error.ts'
import type { Secret } from '../../model/secret.ts'
import { IssuerUnavailable } from '../credentials.ts'
import { fetchFromIssuer } from '../issuer-fetch.ts'
import type { Challenge, CheckableIssuer, Claims, IssuerAnswer } from './issuer.ts'

/** Maximum time for each response of the issuer. */
const TIMEOUT_SECONDS = 10
/** Time for which the metadata of the issuer is used. */
const METADATA_MS = 60 * 60_000

/** The gateway as a client of the issuer. */
export type ClientSettings = Readonly<{
  /** URL of the issuer, exactly as in its ID tokens. */
  issuer: string
  clientId: string
  clientSecret: Secret
  scopes: readonly string[]
  /** URL to which the issuer sends the browser with a code. */
  redirectUrl: string
  /** URL to which the issuer sends the browser after a sign-out. */
  signedOutUrl: string
  /** Trusted certificate authorities in PEM, instead of the well-known ones. */
  ca?: string
  now: () => number
}>

export class OpenIdIssuer implements CheckableIssuer {
  readonly #settings: ClientSettings
  #metadata: Readonly<{ readAt: number; client: Promise<openid.Configuration> }> | undefined

  constructor(settings: ClientSettings) {
    this.#settings = settings
  }

  challenge(): Challenge {
    return {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
    }
  }

  async authorizationUrl({ state, nonce, verifier }: Challenge): Promise<string> {
    const { redirectUrl, scopes } = this.#settings
    const url = openid.buildAuthorizationUrl(await this.#client(), {
      redirect_uri: redirectUrl,
      scope: scopes.join(' '),
      state,
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    return url.href
  }

  async redeem(query: string, { state, nonce, verifier }: Challenge): Promise<IssuerAnswer> {
    const client = await this.#client()
    const url = new URL(query, this.#settings.redirectUrl)
    return await answered(() =>
      openid.authorizationCodeGrant(client, url, {
        expectedState: state,
        // With a nonce, the package requires an ID token.
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
      }),
    )
  }

  async refresh(token: string): Promise<IssuerAnswer> {
    const client = await this.#client()
    const answer = await answered(() => openid.refreshTokenGrant(client, token))
    if (answer.kind !== 'accepted' || answer.tokens.refresh !== undefined) return answer
    // An issuer that sends no other refresh token continues to accept this one.
    return { ...answer, tokens: { ...answer.tokens, refresh: token } }
  }

  async signOutUrl(idToken: string): Promise<string | undefined> {
    const client = await this.#client()
    if (client.serverMetadata().end_session_endpoint === undefined) return undefined
    return openid.buildEndSessionUrl(client, {
      id_token_hint: idToken,
      post_logout_redirect_uri: this.#settings.signedOutUrl,
    }).href
  }

  async clientProblem(): Promise<string | undefined> {
    try {
      // An issuer checks the client before it rejects a token that it has not issued.
      const answer = await this.refresh('none')
      if (answer.kind === 'accepted' || isInvalidGrant(answer.cause)) return undefined
      return answer.cause.message
    } catch (error) {
      if (error instanceof IssuerUnavailable) return error.message
      throw error
    }
  }

  /** Returns the issuer's metadata. A failure is not cached. @throws IssuerUnavailable */
  async #client(): Promise<openid.Configuration> {
    const now = this.#settings.now()
    const known = this.#metadata
    const isFresh = known && Math.abs(now - known.readAt) < METADATA_MS
    const read = isFresh ? known : { readAt: now, client: this.#discover() }
    this.#metadata = read
    try {
      return await read.client
    } catch (cause) {
      if (this.#metadata === read) this.#metadata = undefined
      throw unavailable(
        new Error(`Cannot read the metadata of ${this.#settings.issuer}`, { cause }),
      )
    }
  }

  async #discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret, ca } = this.#settings
    const url = new URL(issuer)
    const client = await openid.discovery(url, clientId, undefined, authenticating(clientSecret), {
      timeout: TIMEOUT_SECONDS,
      [openid.customFetch]: fetchTrusting(ca),
      execute: [
        openid.enableNonRepudiationChecks,
        // The configuration allows http for an issuer on this machine only.
        ...(url.protocol === 'http:' ? [openid.allowInsecureRequests] : []),
      ],
    })
    // The package accepts an issuer of many tenants, but administrators here don't control the groups of those.
    const { issuer: own } = client.serverMetadata()
    if (own !== issuer) throw new Error(`The issuer calls itself ${own}, not ${issuer}`)
    return client
  }
}

/** Returns how the gateway proves to the issuer that it is the client: by Basic, unless the issuer only takes POST. */
const authenticating =
  (secret: Secret): openid.ClientAuth =>
  (issuer, client, body, headers) => {
    const methods = issuer.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const method = methods.includes('client_secret_basic')
      ? openid.ClientSecretBasic
      : openid.ClientSecretPost
    method(secret.reveal())(issuer, client, body, headers)
  }

/** Parts of a response of the package. */
type TokenResponse = openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers

/** Converts the result of a request for tokens. @throws IssuerUnavailable */
async function answered(request: () => Promise<TokenResponse>): Promise<IssuerAnswer> {
  try {
    const response = await request()
    const { id_token: id, refresh_token: refresh } = response
    if (id === undefined)
      return { kind: 'rejected', cause: new Error('The issuer sent no ID token') }
    return {
      kind: 'accepted',
      claims: response.claims() as Claims,
      tokens: { id, ...(refresh !== undefined && { refresh }) },
    }
  } catch (error) {
    return answerOf(error)
  }
}

/** Converts an error of the package. @throws IssuerUnavailable if it says nothing about the person */
function answerOf(error: unknown): IssuerAnswer {
  // The browser brings this error, so it says nothing about whether the issuer responds.
  if (error instanceof openid.AuthorizationResponseError)
    return { kind: error.error === 'access_denied' ? 'cancelled' : 'rejected', cause: error }
  if (isInvalidGrant(error)) return { kind: 'rejected', cause: error }
  if (error instanceof openid.ClientError && !isForeign(error))
    return { kind: 'rejected', cause: error }
  throw unavailable(error)
}

/** Whether an error is about a response outside OAuth 2.0, such as the page of a proxy, or about no response. */
const isForeign = ({ cause }: openid.ClientError) =>
  cause instanceof Response || cause instanceof IssuerUnavailable

const isInvalidGrant = (error: unknown): error is openid.ResponseBodyError =>
  error instanceof openid.ResponseBodyError && error.error === 'invalid_grant'

const unavailable = (cause: unknown): IssuerUnavailable =>
  new IssuerUnavailable([...new Set([cause, ...causesOf(cause)].map(textOf))].join(': '), { cause })

/** Returns the causes of an error, down to the first one. */
function causesOf(error: unknown): readonly unknown[] {
  const cause = error instanceof Error && !isChallenge(error) ? error.cause : undefined
  return cause === undefined ? [] : [cause, ...causesOf(cause)]
}

/** Whether an issuer wants other credentials of the gateway. The cause of this error has no details. */
const isChallenge = (error: unknown): error is openid.WWWAuthenticateChallengeError =>
  error instanceof openid.WWWAuthenticateChallengeError

/** Returns what an error, or the response that caused it, says. */
function textOf(cause: unknown): string {
  if (isChallenge(cause)) return `it rejects clientId or clientSecret with status ${cause.status}`
  if (cause instanceof openid.ResponseBodyError) return `${cause.message}: ${cause.error}`
  if (cause instanceof Response) return `HTTP status ${cause.status}`
  return cause instanceof Error ? ownMessageOf(cause) : 'no details'
}

/** Returns a function that sends requests. A server that can't answer now counts as one that doesn't respond. */
const fetchTrusting =
  (ca: string | undefined): openid.CustomFetch =>
  async (url, { method, headers, body, signal }) => {
    try {
      const response = await fetchFromIssuer(new URL(url), {
        method,
        headers,
        // The package sends forms only.
        ...(body && { body: String(body) }),
        signal,
        ca,
      })
      const { status } = response
      if (status >= 500 || status === 429) throw new Error(`HTTP status ${status}`)
      return response
    } catch (cause) {
      throw unavailable(cause)
    }
  }
