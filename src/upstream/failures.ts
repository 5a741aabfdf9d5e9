/**
 * Failures between the gateway and the upstream.
 *
 * Messages describe the problem without an address. The log contains the original error as the cause.
 *
 * @module
 */

import { errors } from 'undici'
import { Failure } from '../model/failure.ts'
import type { Reach } from '../model/failure-table.ts'
import type { Cause } from '../model/outcome.ts'

/** Causes and messages of error codes. */
const CODES: ReadonlyMap<string, readonly [Cause, string]> = new Map([
  ['ECONNREFUSED', ['refused', 'The upstream rejects connections']],
  ['ECONNRESET', ['closed', 'The upstream reset the connection']],
  ['EPIPE', ['closed', 'The upstream closed the connection during the request']],
  [
    'UND_ERR_SOCKET',
    ['closed', 'The upstream closed the connection before the response was complete'],
  ],
  ['UND_ERR_CONNECT_TIMEOUT', ['timeout', 'No connection to the upstream was made in time']],
  ['ETIMEDOUT', ['timeout', 'The upstream did not respond to TCP packets in time']],
  ['EHOSTUNREACH', ['refused', 'There is no route to the upstream']],
  ['ENETUNREACH', ['refused', 'There is no route to the upstream']],
  ['ENOTFOUND', ['dns', 'The name of the upstream has no address (DNS)']],
  ['EAI_AGAIN', ['dns', 'Cannot look up the name of the upstream (DNS)']],
  ['UND_ERR_HEADERS_OVERFLOW', ['not-ews', 'The upstream answered with too many headers']],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ['closed', 'The upstream ended its response too early']],
])

/** Error codes for a lack of resources on the gateway's machine. They say nothing about the upstream. */
const EXHAUSTED: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

/** Codes of certificates that can't be verified, and of failed handshakes. */
const TLS =
  /^(?:ERR_SSL|ERR_TLS|EPROTO|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_|INVALID_CA|PATH_LENGTH)/

type UnreachableOptions = Readonly<{ cause?: unknown; reach?: Reach; backOffMs?: number }>

export const unreachable = (kind: Cause, message: string, options: UnreachableOptions = {}) =>
  new Failure('upstream-unreachable', message, { ...options, kind })

/** Returns the failure if all connections were in use for the maximum wait. */
export const overBudget = () =>
  new Failure('over-budget', 'All connections to the upstream are in use')

/** Returns the failure if the upstream rejected the gateway's own credentials. */
export const refusedCredentials = (
  backOffMs: number,
  options: Readonly<{ cause?: unknown; reach?: Reach }> = {},
) =>
  new Failure(
    'upstream-refused-credentials',
    "The upstream rejects the gateway's own account. Check its user name and password",
    { ...options, backOffMs },
  )

/** The upstream, or its identity provider, rejected the account. No request has been sent. */
export class AccountRefused extends Error {
  override readonly name = 'AccountRefused'
}

/**
 * The upstream sent 401 for a token or an NTLM connection that it had accepted before, so it has not run the
 * request. The next request uses a new token or connection.
 */
export class ProofExpired extends Error {
  override readonly name = 'ProofExpired'

  constructor() {
    super('The upstream requires authentication again')
  }
}

/** The connection was closed before any byte of the request was sent. */
export class ConnectionOver extends Error {
  override readonly name = 'ConnectionOver'

  constructor() {
    super('The upstream closed the connection before the request was sent')
  }
}

/** Whether a request was certainly not carried out. */
export const isUndone = (error: unknown) =>
  error instanceof ProofExpired || error instanceof ConnectionOver

/**
 * Returns the failure for an error of undici, of the socket, or of the body.
 *
 * @param reach - how far the request got before the error
 */
export function failureOf(error: unknown, reach: Reach = 'not-sent'): Failure {
  if (error instanceof Failure) return error
  const options = { cause: error, reach }
  if (isUndone(error)) return unreachable('closed', (error as Error).message, { cause: error })
  const code = codeOf(error)
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new Failure('upstream-timeout', 'The upstream did not answer in time', options)
  }
  if (TLS.test(code)) {
    const message = `The upstream's certificate is not valid, or the TLS handshake failed (${code})`
    return unreachable('tls', message, options)
  }
  if (error instanceof errors.HTTPParserError) {
    return unreachable('not-ews', 'The response of the upstream is not HTTP', options)
  }
  if (EXHAUSTED.has(code)) {
    const message = `The gateway cannot open a connection to the upstream (${code})`
    return new Failure('over-budget', message, { ...options, kind: 'memory' })
  }
  const known = CODES.get(code)
  if (known !== undefined) return unreachable(...known, options)
  if (/^E[A-Z]+$/.test(code)) {
    return unreachable('refused', `The upstream cannot be reached (${code})`, options)
  }
  return new Failure('internal-error', 'A request to the upstream failed', options)
}

/** Whether the connection broke, as idle connections do when their server closes them. */
export const isBrokenConnection = (error: unknown) =>
  ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error))

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
