/**
 * What went wrong between gateway and upstream, in the gateway's words.
 *
 * Messages name the kind of trouble and never an address: the error itself is the cause, for the log.
 *
 * @module
 */

import { errors } from 'undici'
import { Failure } from '../model/failure.ts'

/**
 * How long clients wait when the upstream cannot be reached: long enough that hundreds of them
 * do not hammer a server that is starting, short enough that a fail-over costs one wait.
 */
const UNREACHABLE_BACK_OFF_MS = 5_000

const BUSY_BACK_OFF_MS = 10_000

const UNREACHABLE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'The upstream refuses connections'],
  ['ECONNRESET', 'The upstream reset the connection'],
  ['EPIPE', 'The upstream closed the connection while it was written to'],
  ['UND_ERR_SOCKET', 'The upstream closed the connection without a whole answer'],
  ['UND_ERR_CONNECT_TIMEOUT', 'The upstream takes no connection in time'],
  ['ETIMEDOUT', 'The upstream takes no connection in time'],
  ['EHOSTUNREACH', 'There is no route to the upstream'],
  ['ENETUNREACH', 'There is no route to the upstream'],
  ['ENOTFOUND', 'The name of the upstream has no address (DNS)'],
  ['EAI_AGAIN', 'The name of the upstream cannot be looked up now (DNS)'],
  ['UND_ERR_HEADERS_OVERFLOW', 'The upstream answered with too many headers'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'The upstream broke off its answer'],
])

/** Certificates that do not verify, and handshakes that fail. */
const TLS =
  /^(?:ERR_SSL|ERR_TLS|EPROTO|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_|INVALID_CA|PATH_LENGTH)/

export const unreachable = (message: string, cause?: unknown) =>
  new Failure('upstream-unreachable', message, { cause, backOffMs: UNREACHABLE_BACK_OFF_MS })

/** Every connection was in use for as long as a request may wait. */
export const overBudget = () =>
  new Failure('over-budget', 'All connections to the upstream are in use', {
    backOffMs: BUSY_BACK_OFF_MS,
  })

/** The upstream did not take the gateway's own credentials (R30). */
export const refusedCredentials = (backOffMs: number, cause?: unknown) =>
  new Failure(
    'upstream-refused-credentials',
    "The upstream refuses the gateway's own account: check its user name and password",
    { cause, backOffMs },
  )

/** The upstream, or who vouches for the account there, refuses it; no request has been sent. */
export class AccountRefused extends Error {
  override readonly name = 'AccountRefused'
}

/**
 * The upstream answered 401 to a proof that it had taken before, and so did nothing. The next
 * request is sent with another proof.
 */
export class ProofExpired extends Error {
  override readonly name = 'ProofExpired'

  constructor() {
    super('The upstream wants the account shown anew')
  }
}

/** A connection was closed before a byte of the request was sent. */
export class ConnectionOver extends Error {
  override readonly name = 'ConnectionOver'

  constructor() {
    super('The upstream closed the connection before the request was sent')
  }
}

/** Whether a request has certainly not been carried out, write or not. */
export const isUndone = (error: unknown) =>
  error instanceof ProofExpired || error instanceof ConnectionOver

/** The failure for an error of undici's, of the socket's or of the body's. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isUndone(error)) return unreachable((error as Error).message, error)
  const code = codeOf(error)
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new Failure('upstream-timeout', 'The upstream did not answer in time', { cause: error })
  }
  if (TLS.test(code)) {
    return unreachable(`The upstream's certificate or TLS handshake is no good (${code})`, error)
  }
  if (error instanceof errors.HTTPParserError) {
    return unreachable('The upstream answered something that is not HTTP', error)
  }
  const known = UNREACHABLE.get(code)
  if (known !== undefined) return unreachable(known, error)
  if (/^E[A-Z]+$/.test(code)) return unreachable(`The upstream cannot be reached (${code})`, error)
  return new Failure('internal-error', 'A request to the upstream failed', { cause: error })
}

/** Whether the connection broke, which a kept one does when its server closed it just then. */
export const isBrokenConnection = (error: unknown) =>
  ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error))

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
