/**
 * Reads the head of a response, selects the headers for the client, and rejects responses that must not be passed
 * on. The client gets Content-Type, Content-Encoding, Content-Length, and request-id, which support cases need. All
 * other headers are dropped, because headers such as Server, X-FEServer, and X-DiagInfo reveal the topology. The
 * gateway writes its own Retry-After and Date.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import { causeOfStatus } from '../model/failure-table.ts'
import { affinityCookies } from './cookies.ts'
import { unreachable } from './failures.ts'
import { retryAfterMs } from './retry-after.ts'
import type { UpstreamHead } from './upstream.ts'

/** Headers as undici returns them: with names in lower case, and as an array if a header is repeated. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Content type in exactly this spelling, because DavMail and other clients compare it as text. */
const CONTENT_TYPE = 'text/xml; charset=utf-8'

/** Facts about the request that are needed to read the head of its response. */
export type ReadFor = Readonly<{
  /** Whether the client can read gzip. */
  compress: boolean
  /** Size of the request body. */
  bodyBytes: number
  /** Current time in milliseconds. */
  now: number
}>

/**
 * Returns the head for the client, or a Failure for a response that is never passed on: a redirection, a challenge,
 * anything but XML in UTF-8, or an encoding that was not requested.
 *
 * For a 503, the Failure contains the wait from Retry-After.
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
  const coding = String(answer['transfer-encoding'] ?? 'chunked').toLowerCase()
  const isRequested = encoding === 'identity' || (encoding === 'gzip' && compress)
  // Nothing decodes a transfer coding before the chunks, and the client doesn't learn of it.
  if (!isRequested || coding !== 'chunked') {
    const message = 'The upstream answered with an encoding that was not requested'
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

/** Whether a media type is text/xml in UTF-8, which is also the default. */
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

/** Returns the media type for a message. Contains the upstream's text only if that has the form of a media type. */
function named(type: string | string[] | undefined): string {
  if (type === undefined) return 'no media type'
  const short = /^[\w.+/-]{1,64}(?:; ?charset="?[\w-]{1,32}"?)?$/.exec(String(type))
  return short ? short[0] : 'another media type than text/xml'
}
