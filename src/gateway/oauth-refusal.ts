/**
 * The errors of the token endpoint.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @module
 */

import { Failure } from '../model/failure.ts'
import { REASON_ROWS } from '../model/failure-table.ts'

/** With the HTTP status of each; the last two are of 4.1.2.1, for what is our own trouble. */
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

/** Ends a request for a token; its message is told to the client. */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal'
  readonly error: keyof typeof STATUS
  readonly retryAfterSeconds: number | undefined

  constructor(error: keyof typeof STATUS, message: string, retryAfterSeconds?: number) {
    super(message)
    this.error = error
    this.retryAfterSeconds = retryAfterSeconds
  }

  get status(): number {
    return STATUS[this.error]
  }

  /** Whether the client is refused, and not just unlucky. */
  get verdict(): 'deny' | 'error' {
    return this.status < 500 ? 'deny' : 'error'
  }
}

/** The refusal for whatever was thrown. */
export function refusalOf(error: unknown): OAuthRefusal {
  if (error instanceof OAuthRefusal) return error
  if (error instanceof Failure && REASON_ROWS[error.reason].code === 'ErrorServerBusy')
    return new OAuthRefusal('temporarily_unavailable', 'Try again later.', RETRY_SECONDS)
  return new OAuthRefusal('server_error', 'An error.')
}
