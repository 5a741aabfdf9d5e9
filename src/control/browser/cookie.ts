/**
 * Reads and writes the cookies of the console: that of the session, and that of a sign-in at the issuer.
 *
 * @module
 */

/**
 * Kinds of cookies. The one of a sign-in must come with the navigation from the issuer's site, so it can't be
 * `Strict`. The browser deletes that of a session when it is closed.
 */
const KINDS = {
  session: { suffix: '', attributes: '; SameSite=Strict' },
  signIn: { suffix: '-sign-in', attributes: '; SameSite=Lax; Max-Age=600' },
} as const

type Kind = keyof typeof KINDS

/**
 * Returns the name of a cookie. Over TLS, its prefix prevents other hosts, other paths, and unencrypted pages
 * from setting it.
 */
const nameOf = (kind: Kind, secure: boolean) =>
  `${secure ? '__Host-' : ''}ews-gateway${KINDS[kind].suffix}`

/**
 * Returns the value in a Cookie header, or undefined if there is none. If there are two, an attacker could have
 * added one, so this returns an empty text, which is not a valid value.
 */
export function readCookie(
  kind: Kind,
  header: string | undefined,
  secure: boolean,
): string | undefined {
  const name = `${nameOf(kind, secure)}=`
  const [value, ...more] = (header ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(name))
  if (value === undefined) return undefined
  return more.length > 0 ? '' : value.slice(name.length)
}

/** Returns the Set-Cookie value for a cookie. */
export const setCookie = (kind: Kind, value: string, secure: boolean): string =>
  `${nameOf(kind, secure)}=${value}; Path=/; HttpOnly${KINDS[kind].attributes}${secureIf(secure)}`

/** Returns the Set-Cookie value that removes a cookie. */
export const noCookie = (kind: Kind, secure: boolean): string =>
  `${nameOf(kind, secure)}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict${secureIf(secure)}`

const secureIf = (secure: boolean) => (secure ? '; Secure' : '')
