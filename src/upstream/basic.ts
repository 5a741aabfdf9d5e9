/**
 * Authenticates at the upstream with user name and password in every request.
 *
 * @module
 */

import type { Dispatcher, Pool } from 'undici'
import { Secret } from '../model/secret.ts'
import { type Authentication, authorize, Connections } from './authentication.ts'
import { poolOf } from './connect.ts'

/**
 * Returns Basic authentication in UTF-8, which RFC 7617 recommends and Exchange supports.
 *
 * @param username - `user@example.com`, `DOMAIN\user`, …, without a colon
 */
export function basicAuthentication(username: string, password: Secret): Authentication {
  const header = basicHeader(username, password)
  return { kind: 'basic', connect: to => new BasicConnections(poolOf(to), header) }
}

/** Returns the value of the Authorization header. */
export function basicHeader(username: string, password: Secret): Secret {
  if (username.includes(':')) {
    throw new TypeError(
      'A user name for Basic authentication must not contain a colon. Use another form of it',
    )
  }
  const credentials = Buffer.from(`${username}:${password.reveal()}`, 'utf8').toString('base64')
  return new Secret(`Basic ${credentials}`)
}

class BasicConnections extends Connections {
  readonly #pool: Pool
  readonly #header: Secret

  constructor(pool: Pool, header: Secret) {
    super()
    this.#pool = pool
    this.#header = header
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    authorize(options, this.#header)
    return this.#pool.dispatch(options, handler)
  }

  override end(): Promise<void> {
    return this.#pool.close()
  }
}
