/**
 * The cookie of the console.
 *
 * @module
 */

/** Over TLS the prefix keeps other hosts and paths, and pages in clear, from setting it. */
const nameOf = (secure: boolean) => (secure ? '__Host-ews-gateway' : 'ews-gateway')

/**
 * The session in a Cookie header: undefined where there is none; empty, which is none that is good,
 * where two are given, for one of them was planted.
 */
export function readSessionCookie(header: string | undefined, secure: boolean): string | undefined {
  const name = `${nameOf(secure)}=`
  const [value, ...more] = (header ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(name))
  if (value === undefined) return undefined
  return more.length > 0 ? '' : value.slice(name.length)
}

/** Set-Cookie; it ends with the browser, if not before. */
export const sessionCookie = (value: string, secure: boolean): string =>
  `${nameOf(secure)}=${value}${attributes(secure)}`

/** Set-Cookie that takes it away. */
export const noSessionCookie = (secure: boolean): string =>
  `${nameOf(secure)}=; Max-Age=0${attributes(secure)}`

const attributes = (secure: boolean) =>
  `; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
