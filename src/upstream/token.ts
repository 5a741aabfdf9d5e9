/**
 * Gets tokens from an OAuth 2.0 token endpoint by client credentials, caches them, and renews them early.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 *
 * @module
 */

import { Pool } from 'undici'
import { Secret } from '../model/secret.ts'
import { CLIENT_OPTIONS, connectOptions } from './connect.ts'
import { AccountRefused, unreachable } from './failures.ts'

export type OAuthClient = Readonly<{
  tokenUrl: string
  clientId: string
  clientSecret: Secret
  /** Scope, such as `https://mail.example.com/.default`. */
  scope: string
}>

export type Token = Readonly<{
  value: Secret
  /** Time of expiry, and time of the next renewal, in milliseconds. */
  until: number
  renewAt: number
}>

const DEADLINE_MS = 10_000
const MAX_BYTES = 1024 * 1024

/**
 * Fraction of its lifetime after which a token is renewed. A failed renewal is repeated while the old token is
 * still valid.
 */
const RENEWED_AFTER = 0.8
/**
 * Time before its expiry from which a token is no longer used, because it could expire before the upstream checks
 * it.
 */
const MARGIN_MS = 30_000
/** Minimum time between two attempts of a renewal. */
const RETRY_MS = 10_000
/** Assumed lifetime of a token if the endpoint doesn't return one. */
const UNSAID_SECONDS = 300

/** Error codes of RFC 6749, section 5.2, that mean that the client's credentials are rejected. */
const REJECTIONS = ['invalid_client', 'unauthorized_client', 'invalid_grant', 'invalid_scope']

export class TokenSource {
  readonly #client: OAuthClient
  readonly #now: () => number
  readonly #pool: Pool
  #token: Token | undefined
  #asking: Promise<Token> | undefined
  #askedAt = Number.NEGATIVE_INFINITY

  /** @param now - returns the time in milliseconds */
  constructor(client: OAuthClient, now: () => number) {
    this.#client = client
    this.#now = now
    this.#pool = new Pool(new URL(client.tokenUrl).origin, {
      ...CLIENT_OPTIONS,
      connections: 1,
      connect: connectOptions({}),
    })
  }

  /** Returns the cached token if it is valid. Starts a renewal if it is due. */
  current(): Token | undefined {
    const token = this.#token
    const now = this.#now()
    if (token === undefined || now >= token.until) return undefined
    if (now >= token.renewAt && now >= this.#askedAt + RETRY_MS) {
      // Ignores the error, because the old token is still valid and the next request tries again.
      this.next().catch(() => undefined)
    }
    return token
  }

  /**
   * Gets a new token. Concurrent calls share one request.
   *
   * @throws AccountRefused, Failure, or an error of undici
   */
  next(): Promise<Token> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** Drops a token that the upstream rejected, unless a newer one has replaced it. */
  forget(token: Token): void {
    if (this.#token === token) this.#token = undefined
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #ask(): Promise<Token> {
    const { tokenUrl, clientId, clientSecret, scope } = this.#client
    const { pathname, search } = new URL(tokenUrl)
    const askedAt = this.#now()
    this.#askedAt = askedAt
    const { statusCode, body } = await this.#pool.request({
      path: pathname + search,
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret.reveal(),
        scope,
      }).toString(),
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    const answer = await readJson(body)
    if (statusCode !== 200) throw failureOf(statusCode, answer['error'])
    this.#token = readToken(answer, askedAt)
    return this.#token
  }
}

/** Reads a body as a JSON object. Returns an empty object if it is something else or too large. */
async function readJson(body: AsyncIterable<Uint8Array>): Promise<Record<string, unknown>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > MAX_BYTES) return {}
    chunks.push(chunk)
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function failureOf(status: number, error: unknown): Error {
  const code = typeof error === 'string' && /^[\w.-]{1,64}$/.test(error) ? error : ''
  const said = `The token endpoint answered with status ${status}${code && ` (${code})`}`
  if (status === 401 || REJECTIONS.includes(code)) return new AccountRefused(said)
  return unreachable('not-ews', said)
}

function readToken(answer: Readonly<Record<string, unknown>>, now: number): Token {
  const { access_token: value, token_type: type, expires_in: expires } = answer
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw unreachable('not-ews', 'The token endpoint answered without a token')
  }
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw unreachable(
      'not-ews',
      'The token endpoint answered with a token that is not a bearer token',
    )
  }
  const seconds = Number(expires ?? UNSAID_SECONDS)
  const lifeMs = (Number.isFinite(seconds) && seconds > 0 ? seconds : UNSAID_SECONDS) * 1_000
  const margin = Math.min(MARGIN_MS, lifeMs / 10)
  return {
    value: new Secret(value),
    until: now + lifeMs - margin,
    renewAt: now + Math.min(lifeMs * RENEWED_AFTER, lifeMs - margin),
  }
}
