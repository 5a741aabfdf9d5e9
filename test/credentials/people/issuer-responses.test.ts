/** Responses of an issuer, one by one: what each says about the person, and when it is that none comes. */

import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { IssuerUnavailable } from '../../../src/credentials/credentials.ts'
import { OpenIdIssuer } from '../../../src/credentials/people/openid-issuer.ts'
import { Secret } from '../../../src/model/secret.ts'
import { makeCertificates } from '../../kit/certificates.ts'
import { CLIENT, tokenOf } from '../../kit/issuer.ts'
import { CONSOLE } from '../../kit/person.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** A request to an issuer. */
type Received = Readonly<{ path: string; authorization: string | undefined; body: string }>
type Answer = (response: ServerResponse, url: string) => unknown

const json =
  (content: object, status = 200): Answer =>
  response =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))

/** The response of a token endpoint, with an ID token. */
const tokens =
  (more: object = {}): Answer =>
  (response, url) => {
    const at = Math.floor(Date.now() / 1_000)
    const claims = { iss: url, aud: CLIENT.id, sub: 'ann', iat: at, exp: at + 600 }
    const id = tokenOf({ header: { alg: 'RS256' }, claims }, privateKey)
    const content = { access_token: 'a', token_type: 'bearer', id_token: id, ...more }
    json(content)(response, url)
  }

/** Starts an issuer whose responses a test chooses. */
async function open(
  t: Test,
  { tls, metadata = {} }: { tls?: ServerOptions; metadata?: object } = {},
) {
  const received: Received[] = []
  const world = { now: Date.now(), token: tokens(), metadata: json({}) }
  const listener: RequestListener = async (request, response) => {
    const { url: path = '', headers } = request
    const body = (await request.toArray()).join('')
    received.push({ path, authorization: headers.authorization, body })
    if (path === '/token') world.token(response, url)
    else if (path === '/keys') json({ keys: [publicKey.export({ format: 'jwk' })] })(response, url)
    else world.metadata(response, url)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  world.metadata = json({
    issuer: url,
    authorization_endpoint: `${url}/auth`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/keys`,
    ...metadata,
  })
  const client = (ca?: string) =>
    new OpenIdIssuer({
      issuer: url,
      clientId: CLIENT.id,
      clientSecret: new Secret(CLIENT.secret),
      scopes: ['openid'],
      redirectUrl: `${CONSOLE}/console/sign-in/callback`,
      signedOutUrl: `${CONSOLE}/console/`,
      ...(ca !== undefined && { ca }),
      now: () => world.now,
    })
  return { url, world, received, client }
}

t.test('refresh() sends the client secret by Basic if the metadata name no other way', async t => {
  const { client, received } = await open(t)
  await client().refresh('old')
  const [name, secret] = [CLIENT.id, CLIENT.secret].map(text => text.replaceAll('-', '%2D'))
  t.match(received[1], {
    path: '/token',
    authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
    body: 'refresh_token=old&grant_type=refresh_token',
  })
})

for (const [what, answer, result] of [
  ['sends another token', tokens({ refresh_token: 'new' }), { tokens: { refresh: 'new' } }],
  ['sends no other token', tokens(), { tokens: { refresh: 'old' } }],
  [
    'sends no ID token',
    tokens({ id_token: undefined }),
    { cause: /^The issuer sent no ID token$/ },
  ],
  ['rejects the token', json({ error: 'invalid_grant' }, 400), { cause: /in the response body/ }],
] as const)
  t.test(`refresh() at an issuer that ${what}`, async t => {
    const { client, world } = await open(t)
    world.token = answer
    const { kind, ...rest } = await client().refresh('old')
    t.equal(kind, 'tokens' in result ? 'accepted' : 'rejected')
    if ('tokens' in result) t.match(rest, result)
    else t.match(rest, { tokens: undefined, cause: { message: result.cause } })
  })

for (const [what, answer, message] of [
  ['answers 404', json({}, 404), /^unexpected HTTP response status code: HTTP status 404$/],
  ['answers 428', json({}, 428), /^unexpected HTTP response status code: HTTP status 428$/],
  ['answers 429', json({}, 429), /: HTTP status 429$/],
  ['answers 430', json({}, 430), /^unexpected HTTP response status code: HTTP status 430$/],
  ['answers 499', json({}, 499), /^unexpected HTTP response status code: HTTP status 499$/],
  [
    'sends a page',
    response => response.setHeader('content-type', 'text/html').end('<!doctype html>'),
    /^unexpected response content-type: HTTP status 200$/,
  ],
  ['answers 500', json({}, 500), /: HTTP status 500$/],
  ['closes the connection', response => response.destroy(), /: socket hang up$/],
  [
    'rejects the gateway',
    json({ error: 'invalid_client', cause: 'x' }, 401),
    /^server responded with an error in the response body: invalid_client: no details$/,
  ],
] as const satisfies readonly (readonly [string, Answer, RegExp])[])
  t.test(`P6 refresh() says nothing about a person if the issuer ${what}`, async t => {
    const { client, world } = await open(t)
    world.token = answer
    await t.rejects(client().refresh('old'), { name: 'IssuerUnavailable', message })
  })

for (const [what, answer, problem] of [
  ['accepts the gateway', json({ error: 'invalid_grant' }, 400), undefined],
  ['accepts any token', tokens(), undefined],
  ['sends a page', response => response.end('<!doctype html>'), /unexpected response content-type/],
  ['is down', response => response.destroy(), /: socket hang up$/],
  [
    'wants other credentials',
    response => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    /^it rejects clientId or clientSecret with status 401$/,
  ],
] as const satisfies readonly (readonly [string, Answer, RegExp | undefined])[])
  t.test(`clientProblem() of an issuer that ${what}`, async t => {
    const { client, world } = await open(t)
    world.token = answer
    const found = await client().clientProblem()
    if (problem === undefined) t.equal(found, undefined)
    else t.match(found, problem)
  })

t.test('clientProblem() hides no unexpected error', async t => {
  const { client } = await open(t)
  const issuer = client()
  issuer.refresh = () => Promise.reject(new TypeError('bug'))
  await t.rejects(issuer.clientProblem(), { message: 'bug' })
})

t.test('an issuer that does not respond for ten seconds is not available', async t => {
  const { client, world } = await open(t)
  const limits: number[] = []
  let limit = new AbortController()
  const timeout = mock.method(AbortSignal, 'timeout', (ms: number) => {
    limits.push(ms)
    return limit.signal
  })
  t.teardown(() => timeout.mock.restore())
  const issuer = client()
  const { metadata } = world
  world.metadata = () => limit.abort()
  await t.rejects(issuer.refresh('old'), IssuerUnavailable)
  limit = new AbortController()
  world.metadata = metadata
  world.token = () => limit.abort()
  await t.rejects(issuer.refresh('old'), IssuerUnavailable)
  t.strictSame(limits, [10_000, 10_000, 10_000], 'for each of three requests')
})

t.test('metadata that were read remain if an earlier attempt to read them fails late', async t => {
  const { client, world, received } = await open(t)
  const issuer = client()
  const { metadata } = world
  const late = Promise.withResolvers<ServerResponse>()
  world.metadata = late.resolve
  const failing = issuer.refresh('old')
  const response = await late.promise
  world.metadata = metadata
  world.now += 60 * 60_000
  t.match(await issuer.refresh('old'), { kind: 'accepted' })
  response.destroy()
  await t.rejects(failing, IssuerUnavailable)
  t.match(await issuer.refresh('old'), { kind: 'accepted' })
  t.equal(received.filter(({ path }) => path.startsWith('/.well-known/')).length, 2)
})

t.test('R24 an issuer with TLS leads to no address without it', async t => {
  const read = makeCertificates(t.testdir({}), [{ name: 'issuer', alternative: 'IP:127.0.0.1' }])
  const tls = { cert: read('issuer.crt'), key: read('issuer.key') }
  const other = await open(t)
  for (const [metadata, kind] of [
    [{}, 'accepted'],
    [{ token_endpoint: `${other.url}/token` }, 'rejected'],
  ] as const) {
    const { client } = await open(t, { tls, metadata })
    t.equal((await client(read('ca.crt')).refresh('old')).kind, kind)
  }
  t.strictSame(other.received, [])
})
