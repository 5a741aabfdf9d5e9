/**
 * A real OpenID Connect issuer, oidc-provider, with people who sign in by name.
 *
 * @module
 */

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration } from 'oidc-provider'
import type { Test } from 'tap'

export const CLIENT = { id: 'ews-gateway', secret: 'secret-of-the-console' } as const

/** Claims of a person at the issuer. */
type Account = Readonly<{ name?: string; groups: readonly string[] }>

/** Header and claims of an ID token, which a test can change. */
type TokenParts = Readonly<{
  header: Readonly<Record<string, unknown>>
  claims: Readonly<Record<string, unknown>>
}>

/** Returns the ID token to send in place of the issuer's own. */
export type Tampering = (parts: TokenParts, key: KeyObject) => string

export type IssuerOptions = Readonly<{
  /** Origin of the console. */
  console: string
  configuration?: Configuration
  /** Certificate and key of 127.0.0.1. Without it, the issuer has no TLS. */
  tls?: Readonly<{ cert: string; key: string }>
}>

type Serving = { current: Server; create: (listener?: RequestListener) => Server }

export class TestIssuer {
  readonly url: string
  /** People by the name with which they sign in, which is also their subject. */
  readonly accounts = new Map<string, Account>()
  /** Changes the ID tokens that the issuer sends. */
  tamper: Tampering | undefined
  /** Form parameters of the requests to the token endpoint. */
  readonly tokenRequests: URLSearchParams[] = []
  readonly provider: Provider
  readonly #port: number
  readonly #server: Serving

  constructor(url: string, provider: Provider, port: number, server: Serving) {
    this.url = url
    this.provider = provider
    this.#port = port
    this.#server = server
  }

  /** Stops answering, until {@link start}. */
  async stop(): Promise<void> {
    const { current } = this.#server
    await new Promise(resolve => {
      current.close(resolve)
      current.closeAllConnections()
    })
  }

  async start(): Promise<void> {
    this.#server.current = this.#server.create(this.provider.callback())
    await listen(this.#server.current, this.#port)
  }
}

/** Starts an issuer. It stops with the test. */
export async function startIssuer(
  t: Test,
  { console: origin, configuration = {}, tls }: IssuerOptions,
): Promise<TestIssuer> {
  const create: Serving['create'] = listener =>
    tls ? createTlsServer(tls, listener) : createServer(listener)
  const first = create()
  await listen(first, 0)
  const { port } = first.address() as AddressInfo
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const provider = new Provider(url, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${origin}/console/sign-in/callback`],
        post_logout_redirect_uris: [`${origin}/console/`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }] },
    claims: { openid: ['sub'], profile: ['name', 'groups'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of the cookies'] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        logoutSource: async (context, form) => {
          context.body = `<!doctype html><title>Issuer</title>${form}
<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`
        },
      },
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: async () => true,
    expiresWithSession: async () => true,
    rotateRefreshToken: true,
    // The people of a company don't consent to its own console.
    loadExistingGrant: async ({ oidc: { session, client } }) => {
      const grant = new provider.Grant({
        accountId: session?.accountId ?? '',
        clientId: client?.clientId ?? '',
      })
      grant.addOIDCScope('openid profile offline_access')
      await grant.save()
      return grant
    },
    findAccount: async (_, id) => {
      const account = issuer.accounts.get(id)
      return account && { accountId: id, claims: async () => ({ sub: id, ...account }) }
    },
    ...configuration,
  })
  // The demo of a company's network has no TLS on loopback.
  const issuer = new TestIssuer(url, provider, port, { current: first, create })
  provider.use(async (context, next) => {
    const { req, res, path, method } = context
    const [, uid] = /^\/interaction\/([\w-]+)$/.exec(path) ?? []
    if (uid === undefined) {
      await next()
      if (path !== '/token' || method !== 'POST') return
      issuer.tokenRequests.push(new URLSearchParams(context['oidc']?.body))
      const body = context.body as { id_token?: string }
      if (issuer.tamper && body.id_token !== undefined)
        context.body = { ...body, id_token: issuer.tamper(partsOf(body.id_token), privateKey) }
      return
    }
    if (method === 'GET') {
      context.type = 'html'
      context.body = FORM
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const accountId = form.get('name') ?? ''
    const result = form.has('cancel') ? { error: 'access_denied' } : { login: { accountId } }
    await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false })
    context.respond = false
  })
  first.on('request', provider.callback())
  t.teardown(() => issuer.stop())
  return issuer
}

/** Signs the ID tokens of all issuers, because making a key takes long. */
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const FORM = `<!doctype html><title>Issuer</title><form method="post">
<label>Name <input name="name"></label> <button>Continue</button>
<button name="cancel" value="yes">Cancel</button></form>`

function partsOf(token: string): TokenParts {
  const [header = '', claims = ''] = token.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  return { header: read(header), claims: read(claims) }
}

/** Returns a token with these parts, signed by a key; without a signature if there is none. */
export function tokenOf({ header, claims }: TokenParts, key?: KeyObject): string {
  const text = [header, claims]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = key ? sign('sha256', Buffer.from(text), key).toString('base64url') : ''
  return `${text}.${signature}`
}

const listen = (server: Server, port: number) =>
  new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
