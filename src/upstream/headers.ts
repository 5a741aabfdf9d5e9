/**
 * Writes the HTTP headers of a request to the upstream. No header comes from a client (R5). The connections
 * add Authorization, and undici adds Host, Connection, and Content-Length.
 *
 * @module
 */

import type { UpstreamRequest } from './upstream.ts'

/**
 * Returns alternating names and values, as undici takes them.
 *
 * Neither SOAPAction (the server uses the body) nor Expect is ever included. A client's affinity header
 * `X-BackEndOverrideCookie` is a cookie by now.
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
