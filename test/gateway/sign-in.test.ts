/**
 * How a client can sign in, by the host name of its requests.
 */

import { X509Certificate } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import t from 'tap'
import type { ConfigInput } from '../../src/config/schema.ts'
import { ClientConnections, SignInOffers } from '../../src/gateway/sign-in.ts'
import { DEFAULT_OFFER } from '../../src/model/sign-in.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { type PostOptions, startGatewayTestServer } from '../kit/gateway-test-server.ts'

const BODY = envelope('alice@example.com', GET_FOLDER)
const BASIC = 'Basic realm="EWS", charset="UTF-8"'
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
const GRANT = 'grant_type=client_credentials'

const signIn: ConfigInput['signIn'] = {
  hosts: [
    { name: 'Tokens.example.com', schemes: ['Bearer'] },
    { name: 'keys.example.com', schemes: ['Basic'] },
    { name: 'both.example.com', schemes: ['Bearer', 'Basic'] },
    { name: '[::1]', schemes: ['Bearer'] },
  ],
}

t.test('a host name decides which schemes are offered and accepted', async t => {
  const server = await startGatewayTestServer(t, { config: { signIn } })
  const at = (host: string, auth: PostOptions['auth'] = null, path?: string) =>
    server.post(path ? GRANT : BODY, {
      auth,
      ...(path !== undefined && { path }),
      headers: { Host: host, ...(path !== undefined && FORM) },
    })
  const { text } = await at('tokens.example.com', 'full', '/oauth2/token')
  const token = `Bearer ${JSON.parse(text).access_token}`
  t.match(token, /^Bearer g3/, 'the token endpoint accepts keys everywhere')

  for (const [host, challenges, key, bearer] of [
    ['tokens.example.com', 'Bearer', 401, 200],
    ['TOKENS.example.com:443', 'Bearer', 401, 200],
    ['[::1]:8080', 'Bearer', 401, 200],
    ['keys.example.com', BASIC, 200, 401],
    ['both.example.com', `Bearer, ${BASIC}`, 200, 200],
    ['other.example.com', `${BASIC}, Bearer`, 200, 200],
    ['example.com', `${BASIC}, Bearer`, 200, 200],
    ['xtokens.example.com', `${BASIC}, Bearer`, 200, 200],
  ] as const) {
    const missing = await at(host)
    t.strictSame([missing.status, missing.headers['www-authenticate']], [401, challenges], host)
    t.equal((await at(host, 'full')).status, key, `Basic at ${host}`)
    t.equal((await at(host, token)).status, bearer, `Bearer at ${host}`)
  }
  const refused = server.audit().filter(({ reason }) => reason === 'credentials-refused')
  t.equal(refused[0]?.['scheme'], 'Basic', 'a record names the scheme')
  t.equal(refused.length, 1, 'R31 rejected schemes are recorded once per address and minute')
})

t.test('SignInOffers offers NTLM only to clients without a proxy', t => {
  const offer = { ...DEFAULT_OFFER, schemes: ['NTLM', 'Basic'] } as const
  const offers = new SignInOffers(new Map([['mail.example.com', offer]]))
  for (const [header, isProxied, schemes] of [
    [undefined, false, ['NTLM', 'Basic']],
    ['user-agent', false, ['NTLM', 'Basic']],
    [undefined, true, ['Basic']],
    ['forwarded', false, ['Basic']],
    ['via', false, ['Basic']],
    ['x-forwarded-for', false, ['Basic']],
  ] as const) {
    const request = new IncomingMessage(new Socket())
    request.headers = { host: 'mail.example.com', ...(header && { [header]: '' }) }
    const { schemes: offered } = offers.of(request, { isProxied })
    t.strictSame(offered, schemes, `${header ?? 'no header'}, ${isProxied ? '' : 'not '}proxied`)
  }
  t.end()
})

const DIRECT = { address: '192.0.2.1', secure: true, isProxied: false }

t.test('ClientConnections gives each connection one object', t => {
  const connections = new ClientConnections()
  const [socket, other] = [new Socket(), new Socket()]
  const of = (from: Socket, isProxied = false) =>
    connections.of(new IncomingMessage(from), { ...DIRECT, isProxied })
  const connection = of(socket)
  t.equal(of(socket), connection, 'so a handshake of two requests is that of one client')
  t.not(of(other), connection, 'and that of another client is not')
  t.notOk(connection.isProxied)
  t.ok(of(new Socket(), true).isProxied)
  t.equal(connection.certificate(), undefined, 'a connection without TLS has no certificate')
  t.end()
})

t.test('ClientConnections knows the certificate of a connection', async t => {
  const pem = makeCertificates(t.testdir({}), [{ name: 'gateway', alternative: 'DNS:localhost' }])
  const cert = pem('gateway.crt')
  const secureContext = createSecureContext({ cert, key: pem('gateway.key') })
  const socket = new TLSSocket(new Socket(), { isServer: true, secureContext })
  const connection = new ClientConnections().of(new IncomingMessage(socket), DIRECT)
  t.strictSame(connection.certificate(), new X509Certificate(cert).raw)
  const none = new TLSSocket(new Socket(), { isServer: true, secureContext: createSecureContext() })
  const without = new ClientConnections().of(new IncomingMessage(none), DIRECT)
  t.equal(without.certificate(), undefined)
})
