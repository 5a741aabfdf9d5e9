/**
 * Tokens from an OAuth 2.0 token endpoint, by client credentials: kept, and renewed in good time.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
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
  /** `https://mail.example.com/.default`. */
  scope: string
}>

export type Token = Readonly<{
  value: Secret
  /** When it ends, and when the next one is asked for, in milliseconds. */
  until: number
  renewAt: number
}>

const DEADLINE_MS = 10_000
const MAX_BYTES = 1024 * 1024

/** Of its life: a renewal that fails is tried again while the old token is still good. */
const RENEWED_AFTER = 0.8
/** So long before its end a token is no longer sent: it might end on the way. */
const MARGIN_MS = 30_000
/** Between two renewals of which the first has failed. */
const RETRY_MS = 10_000
/** Where the endpoint does not say how long a token lives. */
const UNSAID_SECONDS = 300

/** What RFC 6749 5.2 says of a client that is refused. */
const REFUSALS = ['invalid_client', 'unauthorized_client', 'invalid_grant', 'invalid_scope']

export class TokenSource {
  readonly #client: OAuthClient
  readonly #now: () => number
  readonly #pool: Pool
  #token: Token | undefined
  #asking: Promise<Token> | undefined
  #askedAt = Number.NEGATIVE_INFINITY

  /** @param now - the time in milliseconds */
  constructor(client: OAuthClient, now: () => number) {
    this.#client = client
    this.#now = now
    this.#pool = new Pool(new URL(client.tokenUrl).origin, {
      ...CLIENT_OPTIONS,
      connections: 1,
      connect: connectOptions({}),
    })
  }

  /** The token that is kept, if it is still good; one that grows old is renewed meanwhile. */
  current(): Token | undefined {
    const token = this.#token
    const now = this.#now()
    if (token === undefined || now >= token.until) return undefined
    if (now >= token.renewAt && now >= this.#askedAt + RETRY_MS) {
      // The old one still does, and the next request asks again.
      this.next().catch(() => undefined)
    }
    return token
  }

  /**
   * A new token. However many ask at once, the endpoint is asked once.
   *
   * @throws AccountRefused, Failure, or what undici says
   */
  next(): Promise<Token> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** The upstream does not take it. */
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
    if (statusCode !== 200) throw refusal(statusCode, answer['error'])
    this.#token = readToken(answer, askedAt)
    return this.#token
  }
}

/** An empty answer for anything but a JSON object of a bearable size. */
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

function refusal(status: number, error: unknown): Error {
  const code = typeof error === 'string' && /^[\w.-]{1,64}$/.test(error) ? error : ''
  const said = `The token endpoint answered with status ${status}${code && ` (${code})`}`
  if (status === 401 || REFUSALS.includes(code)) return new AccountRefused(said)
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
      'The token endpoint answered with another token than a bearer token',
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
