/**
 * The gateway's own account at the upstream, by user name and password.
 *
 * @module
 */

import { Secret } from '../model/secret.ts'

/** How the gateway shows the upstream who it is. */
export interface Authentication {
  /** The value of the Authorization header, asked anew for every request. */
  authorization(): string
}

/**
 * Basic authentication in UTF-8, as RFC 7617 recommends and Exchange reads it.
 *
 * @param username - `user@example.com`, `DOMAIN\user`, …, without a colon
 */
export function basicAuthentication(username: string, password: Secret): Authentication {
  if (username.includes(':')) {
    throw new TypeError(
      'A user name for Basic authentication has no colon: choose another form of it',
    )
  }

  const credentials = Buffer.from(`${username}:${password.reveal()}`, 'utf8').toString('base64')
  const header = new Secret(`Basic ${credentials}`)
  return { authorization: () => header.reveal() }
}
