/**
 * An answer's head: what of it a client may see, and which answers are none (R30).
 *
 * Passed on are Content-Type, Content-Encoding, Content-Length (the bytes pass unchanged) and
 * request-id, which the Managed API reports and a support case needs. Everything else stays
 * here: challenges, Server and X-FEServer, X-DiagInfo and x-ms-diagnostics tell of the
 * topology, Retry-After and Date are the gateway's to say.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import { causeOfStatus } from '../model/failure-table.ts'
import { affinityCookies } from './cookies.ts'
import { unreachable } from './failures.ts'
import { retryAfterMs } from './retry-after.ts'
import type { UpstreamHead } from './upstream.ts'

/** As undici gives them: lower-case names, an array where a header was repeated. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Exactly this spelling: DavMail and others compare it as text. */
const CONTENT_TYPE = 'text/xml; charset=utf-8'

/** Facts about the request that the head of its answer depends on. */
export type ReadFor = Readonly<{
  /** Whether the client can read gzip. */
  compress: boolean
  /** Size of the request body. */
  bodyBytes: number
  /** The time in milliseconds. */
  now: number
}>

/**
 * The head for the client, or a Failure for an answer that never passes: a redirection, a
 * challenge, anything but XML in UTF-8, an encoding that was not asked for.
 *
 * After a 503, the client waits as long as Retry-After says.
 */
export function readHead(
  status: number,
  answer: AnswerHeaders,
  { compress, bodyBytes, now }: ReadFor,
): UpstreamHead | Failure {
  const type = answer['content-type']
  const passes = status >= 200 && (status < 300 || status >= 400) && status !== 407
  if (!passes || !isXml(type)) {
    const message = `The upstream answered with status ${status} and ${named(type)}`
    const backOffMs = status === 503 ? retryAfterMs(answer['retry-after'], now) : undefined
    return unreachable(causeOfStatus(status, bodyBytes), message, {
      reach: 'answered',
      ...(backOffMs !== undefined && { backOffMs }),
    })
  }
  const encoding = String(answer['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding !== 'identity' && !(encoding === 'gzip' && compress)) {
    const message = 'The upstream answered in an encoding that was not asked for'
    return unreachable('not-ews', message, { reach: 'answered' })
  }

  const gzip = encoding === 'gzip'
  const headers = ['content-type', CONTENT_TYPE]
  if (gzip) headers.push('content-encoding', 'gzip')
  const { 'content-length': length, 'request-id': id } = answer
  if (typeof length === 'string' && LENGTH.test(length)) headers.push('content-length', length)
  if (typeof id === 'string' && REQUEST_ID.test(id)) headers.push('request-id', id)
  return { status, headers, gzip, cookies: affinityCookies(answer['set-cookie']) }
}

const LENGTH = /^\d{1,15}$/
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/

/** text/xml whose charset is UTF-8, said or unsaid. */
function isXml(type: string | string[] | undefined): boolean {
  if (type === CONTENT_TYPE) return true
  if (typeof type !== 'string') return false
  const [media = '', ...parameters] = type.toLowerCase().split(';')
  const charsets = parameters
    .map(parameter => parameter.trim())
    .filter(parameter => parameter.startsWith('charset'))
  return (
    media.trim() === 'text/xml' && charsets.every(charset => /^charset="?utf-8"?$/.test(charset))
  )
}

/** The media type for a message; the upstream's text only where it is harmless. */
function named(type: string | string[] | undefined): string {
  if (type === undefined) return 'no media type'
  const short = /^[\w.+/-]{1,64}(?:; ?charset="?[\w-]{1,32}"?)?$/.exec(String(type))
  return short ? short[0] : 'another media type than text/xml'
}
