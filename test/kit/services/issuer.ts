/**
 * A real issuer of tokens: oidc-provider, on a free port. A test can change its keys.
 *
 * @module
 */

import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import Provider from 'oidc-provider'

export const AUDIENCE = 'https://ews.example.com'
const CLIENT = { id: 'tool', secret: 'the secret of the tool' } as const

/** A key pair to sign with, as a JWK with a key ID. */
export async function makeKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' }
}

export class Issuer {
  readonly #server: Server
  #listener: RequestListener | undefined
  /** Number of requests for the keys. */
  keyRequests = 0

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => {
      if (request.url === '/jwks') this.keyRequests += 1
      this.#listener?.(request, response)
    })
  }

  static async start(key: JWK): Promise<Issuer> {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const issuer = new Issuer(server)
    issuer.signWith(key)
    return issuer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get jwksUrl(): string {
    return `${this.url}/jwks`
  }

  /** Signs with another key, and publishes no other. */
  signWith(key: JWK): void {
    const provider = new Provider(this.url, {
      jwks: { keys: [key] },
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, resource) => ({
            scope: '',
            audience: resource,
            accessTokenTTL: 600,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
    })
    this.#listener = provider.callback()
  }

  /** Returns a token for the client, for an audience. */
  async token(audience = AUDIENCE): Promise<string> {
    const response = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret)}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
    })
    const { access_token: token } = (await response.json()) as { access_token?: string }
    if (token === undefined) throw new Error(`The issuer gave no token: ${response.status}`)
    return token
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
