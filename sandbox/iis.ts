/**
 * The parts of IIS and Exchange's front end that surround EWS: credentials, content types, cookies, and
 * headers.
 *
 * @module
 */

import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { SERVER_KINDS } from '../src/model/server-kind.ts'
import type { Behavior } from './behavior.ts'
import { wantsAffinity } from './nodes.ts'

/** Body limit of IIS for EWS since Exchange 2013, in bytes. */
export const MAX_BYTES = SERVER_KINDS.exchange.bodyBytes

/** Path in lower case, because IIS ignores case. */
export const ENDPOINT = '/ews/exchange.asmx'

/** Headers that reveal the topology. */
export const TOPOLOGY = {
  'Cache-Control': 'private',
  Server: 'Microsoft-IIS/10.0',
  'X-AspNet-Version': '4.0.30319',
  'X-BEServer': 'EX1',
  'X-CalculatedBETarget': 'ex1.sandbox.example.com',
  'X-DiagInfo': 'EX1',
  'X-FEServer': 'EX1',
  'X-Powered-By': 'ASP.NET',
} as const

/** Response to a GET of the endpoint. */
export const PAGE =
  '<html><head><title>Exchange Web Services</title></head>' +
  '<body>You have created a service. <a href="Services.wsdl">Services.wsdl</a></body></html>'

type Account = Readonly<{ username: string; password: string }>

/** Whether a request has the service account's credentials. */
export function isAuthentic(
  { headers }: IncomingMessage,
  { username, password }: Account,
): boolean {
  const [, given = ''] = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? '') ?? []
  const wanted = Buffer.from(`${username}:${password}`)
  const bytes = Buffer.from(given, 'base64')
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted)
}

/** Returns the challenge of a server that supports Basic authentication only. */
export const challengeOf = ({ headers }: IncomingMessage): string =>
  `Basic realm="${(headers.host ?? '').replace(/:\d+$/, '')}"`

/** Returns the status that rejects a request before its body is read, or undefined. */
export function rejectionOf(
  { headers }: IncomingMessage,
  {
    lenient,
    gromox,
    behavior,
  }: Readonly<{ lenient: boolean; gromox: boolean; behavior: Behavior }>,
): number | undefined {
  const length = Number(headers['content-length'] ?? 0)
  if (gromox && length > behavior.maxBytes(SERVER_KINDS.grommunio.bodyBytes)) return 405
  if (lenient) return headers['transfer-encoding'] || headers['content-encoding'] ? 400 : undefined
  if (length > behavior.maxBytes(MAX_BYTES)) return 413
  const [type, ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = parameters.find(parameter => parameter.trim().startsWith('charset='))
  const isUtf8 = charset === undefined || /=\s*"?utf-8"?\s*$/.test(charset)
  return type?.trim() === 'text/xml' && isUtf8 ? undefined : 415
}

/** Returns the cookies of a response. @param node - server that ran the request, if one has */
export function cookiesFor(
  { headers }: IncomingMessage,
  node: string | undefined,
  behavior: Behavior,
): readonly string[] {
  const isKnown = headers.cookie?.includes('exchangecookie=') ?? false
  const wantsSameNode = node !== undefined && wantsAffinity(headers)
  return [
    ...(!isKnown && behavior.sets('exchangecookie', true)
      ? [`exchangecookie=${randomBytes(16).toString('hex')}; path=/; HttpOnly`]
      : []),
    ...(behavior.sets('x-backendcookie', false) ? ['X-BackEndCookie=S-1-5=u5; path=/EWS'] : []),
    ...(wantsSameNode && behavior.sets('x-backendoverridecookie', true)
      ? [`X-BackEndOverrideCookie=${node}~1942062522; path=/; HttpOnly`]
      : []),
  ]
}
