/**
 * Writes the errors of the token endpoint.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @module
 */

import { Failure } from '../model/failure.ts'
import { REASON_ROWS } from '../model/failure-table.ts'

/**
 * HTTP status by error code. The last two codes are from section 4.1.2.1 of the RFC, for requests that the client
 * can repeat.
 */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  temporarily_unavailable: 503,
  server_error: 500,
} as const

const RETRY_SECONDS = 1
const TOO_MANY_REQUESTS = 429

/** Error of a request for a token. The client gets its message. */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal'
  readonly error: keyof typeof STATUS
  readonly retryAfterSeconds: number | undefined
  readonly status: number

  constructor(
    error: keyof typeof STATUS,
    message: string,
    retryAfterSeconds?: number,
    status: number = STATUS[error],
  ) {
    super(message)
    this.error = error
    this.retryAfterSeconds = retryAfterSeconds
    this.status = status
  }

  /**
   * `deny` if repeating the request doesn't help, because of the policy or the form of the request; otherwise
   * `error`.
   */
  get verdict(): 'deny' | 'error' {
    return STATUS[this.error] < 500 ? 'deny' : 'error'
  }
}

/** Returns the error for a principal that exceeds its limit of requests per minute. */
export const throttled = ({ backOffMs }: Failure): OAuthRefusal =>
  new OAuthRefusal(
    'temporarily_unavailable',
    'Too many requests. Try again later.',
    backOffMs === undefined ? RETRY_SECONDS : Math.ceil(backOffMs / 1_000),
    TOO_MANY_REQUESTS,
  )

/** Returns the error for a thrown value. An unhandled error reveals nothing. */
export function refusalOf(error: unknown): OAuthRefusal {
  if (error instanceof OAuthRefusal) return error
  if (error instanceof Failure && REASON_ROWS[error.reason].code === 'ErrorServerBusy')
    return new OAuthRefusal('temporarily_unavailable', 'Try again later.', RETRY_SECONDS)
  return new OAuthRefusal('server_error', 'An internal error occurred.')
}
