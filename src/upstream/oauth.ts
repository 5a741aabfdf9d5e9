/**
 * Authenticates at the upstream by OAuth 2.0 client credentials, as hybrid modern authentication requires.
 * Every request has a token, which is renewed before it expires.
 *
 * @module
 */

import type { Dispatcher, Pool } from 'undici'
import { Secret } from '../model/secret.ts'
import {
  type Authentication,
  authorize,
  Connections,
  type UpstreamEndpoint,
} from './authentication.ts'
import { poolOf } from './connect.ts'
import { ObservedHandler } from './observed-handler.ts'
import { type OAuthClient, type Token, TokenSource } from './token.ts'

/** @param client - client ID and secret for tokens, and the token endpoint */
export const oauthAuthentication = (client: OAuthClient): Authentication => ({
  kind: 'oauth',
  connect: endpoint => new OAuthConnections(client, endpoint),
})

class OAuthConnections extends Connections {
  readonly #pool: Pool
  readonly #tokens: TokenSource

  constructor(client: OAuthClient, endpoint: UpstreamEndpoint) {
    super()
    this.#pool = poolOf(endpoint)
    this.#tokens = new TokenSource(client, endpoint.now)
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    const token = this.#tokens.current()
    if (token !== undefined) {
      this.#send(token, true, options, handler)
      return true
    }
    this.#tokens.next().then(
      fresh => this.#send(fresh, false, options, handler),
      (error: Error) => handler.onResponseError?.(NO_CONTROLLER, error),
    )
    return true
  }

  override async end(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#tokens.close()])
  }

  #send(
    token: Token,
    wasKept: boolean,
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): void {
    const header = new Secret(`Bearer ${token.value.reveal()}`)
    const observed = new ObservedHandler(handler, {
      unauthorized: () => {
        this.#tokens.forget(token)
        return wasKept
      },
    })
    authorize(options, header)
    this.#pool.dispatch(options, observed)
  }
}

/** Placeholder for a request that failed before it had a connection, and so has no controller. */
const NO_CONTROLLER = null as unknown as Dispatcher.DispatchController
