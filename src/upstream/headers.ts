/**
 * Writes the HTTP headers of a request to the upstream. No header is copied from a client. The connections add
 * Authorization, and undici adds Host, Connection, and Content-Length.
 *
 * @module
 */

import type { UpstreamRequest } from './upstream.ts'

/**
 * Returns alternating names and values, as undici requires them. SOAPAction is omitted, because servers use the
 * body instead, and so is Expect. A client's header `X-BackEndOverrideCookie` has already been converted to a
 * cookie.
 */
export function requestHeaders(request: UpstreamRequest, userAgent: string): string[] {
  const headers = [
    'Content-Type',
    'text/xml; charset=utf-8',
    'Accept',
    'text/xml',
    'Accept-Encoding',
    request.compress ? 'gzip' : 'identity',
    'User-Agent',
    userAgent,
    'X-AnchorMailbox',
    request.anchorMailbox,
  ]
  if (request.clientRequestId !== undefined)
    headers.push('client-request-id', request.clientRequestId)
  if (request.preferServerAffinity) headers.push('X-PreferServerAffinity', 'true')
  if (request.cookies.size > 0) headers.push('Cookie', cookieHeader(request.cookies))
  return headers
}

const cookieHeader = (cookies: ReadonlyMap<string, string>) =>
  Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ')
