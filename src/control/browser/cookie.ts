/**
 * Reads and writes the session cookie of the console.
 *
 * @module
 */

/** Name of the cookie. Over TLS, its prefix keeps other hosts, other paths, and unencrypted pages from setting it. */
const nameOf = (secure: boolean) => (secure ? '__Host-ews-gateway' : 'ews-gateway')

/**
 * Returns the session in a Cookie header, or undefined if there is none. If there are two, an attacker has added one,
 * so this returns an empty text, which is not a valid session.
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

/** Returns the value of Set-Cookie. The cookie ends at the latest when the browser is closed. */
export const sessionCookie = (value: string, secure: boolean): string =>
  `${nameOf(secure)}=${value}${attributes(secure)}`

/** Returns the value of Set-Cookie that removes the cookie. */
export const noSessionCookie = (secure: boolean): string =>
  `${nameOf(secure)}=; Max-Age=0${attributes(secure)}`

const attributes = (secure: boolean) =>
  `; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
