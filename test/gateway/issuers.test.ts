/**
 * Sign-in by Bearer with tokens of a trusted issuer, which a real issuer signs.
 */

import { createHmac, createPublicKey } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, exportJWK, importJWK, type JWK, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import type { TokenSubject } from '../../src/model/external-identity.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { FULL, ORGANIZATION, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { AUDIENCE, Issuer, makeKey } from '../kit/services/issuer.ts'
import { lend } from '../kit/services/lend.ts'
import { until, Wire } from '../kit/wire.ts'
import { CHUNKED_HEAD, record } from '../upstream/recorder.ts'
import { headOf } from './traces.ts'

const BODY = envelope('alice@example.com', GET_FOLDER)
const STREAM = envelope(
  'alice@example.com',
  '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>abc</t:SubscriptionId>' +
    '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
)

async function start(t: Test, upstreamUrl?: string) {
  const key = await makeKey('first')
  const issuer = await lend(t, Issuer.start(key))
  const server = await startGatewayTestServer(t, {
    ...(upstreamUrl !== undefined && { upstreamUrl }),
    config: {
      signIn: { issuers: [{ issuer: issuer.url, jwksUrl: issuer.jwksUrl, audience: AUDIENCE }] },
    },
  })
  const { principal } = server.client(FULL.name)
  const tool: TokenSubject = {
    kind: 'token-subject',
    issuer: issuer.url,
    claim: 'sub',
    subject: 'tool',
  }
  const bind = (identities: readonly TokenSubject[]) =>
    server.store.putIdentities(ORGANIZATION, principal.id, identities)
  await bind([tool])
  const post = async (token: string) => {
    const { status, text, headers } = await server.post(BODY, { auth: `Bearer ${token}` })
    return { status, code: status === 500 ? codeOf(text) : undefined, headers }
  }
  const sign = async (
    claims: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
    by: JWK = key,
  ) => {
    const now = Math.floor(Date.now() / 1_000)
    const payload = { iss: issuer.url, aud: AUDIENCE, sub: 'tool', exp: now + 600, ...claims }
    return await new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', kid: 'first', ...header })
      .sign(await importJWK(by, 'RS256'))
  }
  return { issuer, server, principal, tool, bind, post, sign, key }
}

t.test('a token of the issuer signs in as the principal that is bound to it', async t => {
  const { issuer, server, bind, post, tool, principal } = await start(t)
  const token = await issuer.token()
  t.equal((await post(token)).status, 200)
  t.match(
    server.audit().findLast(({ type }) => type === 'decision'),
    {
      principalId: principal.id,
      accessKeyId: undefined,
      identity: {
        kind: 'issuer-token',
        issuer: issuer.url,
        claim: 'sub',
        subject: 'tool',
        kid: 'first',
        jti: decodeJwt(token).jti,
      },
      verdict: 'allow',
    },
  )
  t.notMatch(JSON.stringify(server.audit()), token)
  t.equal((await server.post(BODY)).status, 200, 'keys still work')

  await bind([{ ...tool, claim: 'oid' }])
  const answered = await post(token)
  t.match(answered, {
    status: 401,
    headers: { 'www-authenticate': /Bearer error="invalid_token"/ },
  })
  await bind([tool])
  await server.store.putPrincipal({ ...principal, enabled: false })
  t.equal((await post(token)).status, 401, 'P5 not for a disabled principal')
  await server.store.putPrincipal(principal)
  t.equal((await post(token)).status, 200)
})

t.test('R41 a token that anything is wrong with is rejected', async t => {
  const { issuer, server, post, sign, key } = await start(t)
  t.equal((await post(await sign())).status, 200)
  const good = await issuer.token()
  const [header = '', payload = '', signature = ''] = good.split('.')
  const encoded = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const now = Math.floor(Date.now() / 1_000)
  const publicJwk = await exportJWK(createPublicKey({ key: key as never, format: 'jwk' }))
  const pem = createPublicKey({ key: key as never, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  })
  const hs256 = (secret: string | Buffer) => {
    const signed = `${encoded({ ...decodeProtectedHeader(good), alg: 'HS256' })}.${payload}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  }
  const stranger = await makeKey('stranger')
  for (const [what, token] of [
    ['an audience of another', await issuer.token('https://other.example.com')],
    ['several audiences without this one', await sign({ aud: ['a', 'b'] })],
    ['no audience', await sign({ aud: undefined })],
    ['another issuer', await sign({ iss: 'https://issuer.example.com' })],
    ['an issuer with a slash', await sign({ iss: `${issuer.url}/` })],
    ['no issuer', await sign({ iss: undefined })],
    ['expired', await sign({ exp: now - 31 })],
    ['no expiry', await sign({ exp: undefined })],
    ['not valid yet', await sign({ nbf: now + 300 })],
    ['alg none', `${encoded({ alg: 'none' })}.${payload}.`],
    ['alg none with a signature', `${encoded({ alg: 'none' })}.${payload}.${signature}`],
    ['HS256 with the public key in PEM', hs256(pem as string)],
    ['HS256 with the public key as JWK', hs256(JSON.stringify(publicJwk))],
    [
      'another algorithm',
      await sign({}, { alg: 'PS256' }, { ...key, alg: 'PS256' }).catch(() => 'eyJ.x.y'),
    ],
    ['no signature', `${header}.${payload}.`],
    ['the signature of another', await sign({}, {}, stranger)],
    ['an unknown kid', await sign({}, { kid: 'stranger' }, stranger)],
    ['a key in the header', await sign({}, { jwk: publicJwk, kid: undefined }, stranger)],
    ['a URL of keys in the header', await sign({}, { jku: issuer.jwksUrl }, stranger)],
    ['an unknown critical header', await sign({}, { crit: ['x'], x: 1 }).catch(() => 'eyJ.x.y')],
    ['a changed claim', `${header}.${encoded({ ...decodeJwt(good), sub: 'admin' })}.${signature}`],
    ['another subject', await sign({ sub: 'Tool' })],
    ['a subject that is a list', await sign({ sub: ['tool'] })],
    ['a mail address', await sign({ sub: undefined, mail: 'tool', upn: 'tool' })],
    ['not JSON', `${Buffer.from('x').toString('base64url')}.${payload}.${signature}`],
  ] as const)
    t.equal((await post(token)).status, 401, what)
  t.equal((await post(await sign({ exp: now - 5 }))).status, 200, 'clocks can differ a little')
  const { length } = server.audit().filter(({ reason }) => reason === 'credentials-refused')
  t.equal(length, 1, 'R31 recorded once per address and minute')
})

t.test('R41 several claims must not name several principals', async t => {
  const { server, post, sign, bind, tool, issuer } = await start(t)
  const other = await server.addPrincipal('other', server.client(FULL.name).principal.policy)
  const application = { ...tool, claim: 'appid', subject: 'app' } as const
  await server.store.putIdentities(ORGANIZATION, other.principal.id, [application])
  t.equal((await post(await sign({ appid: 'app', sub: 'nobody' }))).status, 200)
  t.equal((await post(await sign({ appid: 'app' }))).status, 401, 'two principals')
  t.equal(
    (await post(await sign({ appid: 'app', sub: 'nobody', scp: 'x' }))).status,
    401,
    'a person by an application',
  )
  await server.store.putIdentities(ORGANIZATION, other.principal.id, [])
  await bind([tool, application])
  t.equal((await post(await sign({ appid: 'app' }))).status, 200, 'two claims of one principal')
  t.ok(issuer.keyRequests <= 2)
})

t.test('P6 a token whose key is known works while the issuer is down', async t => {
  const { issuer, server, post } = await start(t)
  const first = await issuer.token()
  t.equal((await post(first)).status, 200)
  t.equal(issuer.keyRequests, 1)
  await issuer.stop()
  t.equal((await post(first)).status, 200, 'the issuer is not asked for each request')
  t.equal(server.audit().filter(({ verdict }) => verdict === 'error').length, 0)
})

t.test('P6 keys work while the issuer is down', async t => {
  const { issuer, server, post } = await start(t)
  const token = await issuer.token()
  await issuer.stop()
  t.match(await post(token), { status: 500, code: 'ErrorServerBusy' })
  t.equal(
    server.audit().findLast(({ reason }) => reason !== undefined)?.reason,
    'policy-unavailable',
  )
  t.equal((await server.post(BODY)).status, 200)
})

t.test('P5 removing the binding ends an open stream', async t => {
  const upstream = await record(t, socket => socket.write(CHUNKED_HEAD))
  const { server, bind, issuer } = await start(t, upstream.url)
  await server.ownSubscription('abc')
  const client = new Wire(server.socket())
  const length = `Content-Length: ${Buffer.byteLength(STREAM)}`
  await client.send(headOf(server, [length], `Bearer ${await issuer.token()}`) + STREAM)
  await until('the head', () => client.text.includes('\r\n\r\n'))
  t.match(client.text, /^HTTP\/1.1 200 OK\r\n/)
  await bind([])
  await until('the end', () => client.text.endsWith('0\r\n\r\n') || client.closed)
})
