/**
 * The HTTP headers of a request to the upstream. All of them are written here, but for Authorization,
 * which its connections add, and for Host, Connection and Content-Length, which undici writes; none
 * is a client's (R5).
 *
 * @module
 */

import type { UpstreamRequest } from './upstream.ts'

/**
 * Names and values in turn, as undici takes them.
 *
 * Neither SOAPAction (the server goes by the body) nor Expect is ever among them. A client's
 * affinity header `X-BackEndOverrideCookie` has become a cookie before it comes here.
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
