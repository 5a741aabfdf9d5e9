/**
 * Reads and writes the session cookie of the console.
 *
 * @module
 */

/**
 * Returns the name of the cookie. Over TLS, its prefix prevents other hosts, other paths, and unencrypted pages
 * from setting it.
 */
const nameOf = (secure: boolean) => (secure ? '__Host-ews-gateway' : 'ews-gateway')

/**
 * Returns the session in a Cookie header, or undefined if there is none. If there are two, an attacker could have
 * added one, so this returns an empty text, which is not a valid session.
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

/** Returns the Set-Cookie value for a session. The browser deletes the cookie when it is closed. */
export const sessionCookie = (value: string, secure: boolean): string =>
  `${nameOf(secure)}=${value}${attributes(secure)}`

/** Returns the Set-Cookie value that removes the cookie. */
export const noSessionCookie = (secure: boolean): string =>
  `${nameOf(secure)}=; Max-Age=0${attributes(secure)}`

const attributes = (secure: boolean) =>
  `; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
