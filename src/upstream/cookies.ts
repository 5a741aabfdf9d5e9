/**
 * Selects the cookies of an upstream that a client can get: affinity cookies, which keep it on one server.
 *
 * @module
 */

import type { UpstreamHead } from './upstream.ts'

type Cookie = UpstreamHead['cookies'][number]

/** Exchange's affinity cookies, by their names in lower case. */
const AFFINITY: ReadonlySet<string> = new Set([
  'exchangecookie',
  'x-backendcookie',
  'x-backendoverridecookie',
])

/** Pattern of cookie values: cookie-octets of RFC 6265, with a length that fits into a Cookie header. */
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,2048}$/

/** Attributes that are passed on, each with the form of its value. Domain is not one of them. */
const ATTRIBUTES: ReadonlyMap<string, readonly [name: string, value: RegExp]> = new Map([
  ['expires', ['Expires', /^[A-Za-z0-9 ,:+-]{1,40}$/]],
  ['max-age', ['Max-Age', /^-?\d{1,10}$/]],
  ['samesite', ['SameSite', /^(?:Strict|Lax|None)$/i]],
  ['httponly', ['HttpOnly', /^$/]],
  ['secure', ['Secure', /^$/]],
])

/**
 * Returns the affinity cookies in a response. If a name is repeated, the last cookie counts. All other cookies are
 * dropped.
 *
 * @param header - Set-Cookie: one value, or several if it is repeated
 */
export function affinityCookies(header: string | readonly string[] | undefined): Cookie[] {
  if (header === undefined) return []
  const cookies = new Map<string, Cookie>()
  for (const text of typeof header === 'string' ? [header] : header) {
    const cookie = affinityCookie(text)
    if (cookie) cookies.set(cookie.name.toLowerCase(), cookie)
  }
  return [...cookies.values()]
}

function affinityCookie(text: string): Cookie | undefined {
  const [pair = '', ...attributes] = text.split(';')
  const [name, value] = halves(pair)
  if (!AFFINITY.has(name.toLowerCase()) || !VALUE.test(value)) return undefined
  return { name, value, attributes: safeAttributes(attributes) }
}

/**
 * Returns the attributes for the client. Path is always `/` or `/EWS`, because the client must not send the cookie
 * to other paths.
 */
function safeAttributes(attributes: readonly string[]): string {
  let path = '/EWS'
  let safe = ''
  for (const [key, value] of attributes.map(halves)) {
    if (key.toLowerCase() === 'path' && value === '/') path = '/'
    const [name, form] = ATTRIBUTES.get(key.toLowerCase()) ?? []
    if (name && form?.test(value)) safe += value === '' ? `; ${name}` : `; ${name}=${value}`
  }
  return `; Path=${path}${safe}`
}

function halves(text: string): [before: string, after: string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
