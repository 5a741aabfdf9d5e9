/**
 * Sign-in by NTLM on the connections of the data listener, and attacks on it.
 */

import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { LOOPBACK, makeSelfSigned } from '../../src/cli/init/self-signed.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { channelBindingHash } from '../../src/ntlm/channel-binding.ts'
import { createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  basic,
  type GatewayTestServer,
  type Key,
  ORGANIZATION,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { negotiateOf, ntlm, type ProofParts, proofOf } from '../kit/ntlm-client.ts'
import { type RawAnswer, Wire } from '../kit/wire.ts'
import { metricOf } from './traces.ts'

const BODY = envelope('alice@example.com', GET_FOLDER)
const HOST = 'ews.example.com'
const STRICT = 'strict.example.com'
const HOSTS: NonNullable<ConfigInput['signIn']>['hosts'] = [
  { name: HOST, schemes: ['NTLM', 'Basic', 'Bearer'] },
  { name: STRICT, schemes: ['NTLM'], extendedProtection: 'require' },
]

const start = (t: Test, config: Partial<ConfigInput> = {}) =>
  startGatewayTestServer(t, { config: { signIn: { hosts: HOSTS }, ...config } })

type Sent = Readonly<{
  authorization?: string
  host?: string
  body?: string
  headers?: readonly string[]
  line?: string
}>

/** A request as bytes on the wire. */
function bytesOf({ authorization, host = HOST, body = BODY, headers = [], line }: Sent = {}) {
  return [
    line ?? 'POST /EWS/Exchange.asmx HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: text/xml; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ...headers,
    '',
    body,
  ].join('\r\n')
}

/** A client on one connection. */
class Client {
  readonly wire: Wire
  readonly #key: Key

  constructor(wire: Wire, key: Key) {
    this.wire = wire
    this.#key = key
  }

  /** Sends a request, and returns the response to it. */
  async ask(sent?: Sent): Promise<RawAnswer> {
    this.wire.text = ''
    await this.wire.send(bytesOf(sent))
    return this.wire.answer()
  }

  async challenge(sent: Sent = {}): Promise<Buffer> {
    return challengeIn(await this.ask({ body: '', ...sent, authorization: ntlm(negotiateOf()) }))
  }

  proof(challenge: Buffer, parts: Partial<ProofParts> = {}): string {
    return ntlm(proofOf(challenge, { user: this.#key.id, password: this.#key.secret, ...parts }))
  }

  /** Signs in, and sends a request with the proof. */
  async signIn(parts: Partial<ProofParts> = {}, sent: Sent = {}): Promise<RawAnswer> {
    const challenge = await this.challenge(sent)
    return this.ask({ ...sent, authorization: this.proof(challenge, parts) })
  }
}

const challengesIn = ({ head }: RawAnswer) =>
  head
    .split('\r\n')
    .filter(line => /^www-authenticate:/i.test(line))
    .map(line => line.slice('WWW-Authenticate: '.length))

function challengeIn(answer: RawAnswer): Buffer {
  const [challenge = '', ...others] = challengesIn(answer)
  const [, token] = /^NTLM (\S+)$/.exec(challenge) ?? []
  if (answer.status !== 401 || token === undefined || others.length > 0)
    throw new Error(`No challenge: ${answer.head}`)
  return Buffer.from(token, 'base64')
}

const connect = (server: GatewayTestServer, key = server.keys.full) =>
  new Client(new Wire(server.socket()), key)

const OFFERED = ['NTLM', 'Basic realm="EWS", charset="UTF-8"', 'Bearer']

t.test('NTLM signs a connection in', async t => {
  const server = await start(t)
  const { principal, accessKey } = server.client('migration-full')
  const client = connect(server)
  t.strictSame(challengesIn(await client.ask()), OFFERED)
  t.equal((await client.signIn()).status, 200)
  t.equal((await client.ask()).status, 200, 'without an Authorization header')
  t.equal((await client.ask({ line: 'GET /EWS/Exchange.asmx HTTP/1.1', body: '' })).status, 200)
  t.equal((await connect(server).ask()).status, 401, 'but no other connection')

  const records = server.audit().filter(({ type }) => type === 'decision')
  t.equal(records.length, 2)
  for (const [index, record] of records.entries())
    t.match(record, {
      scheme: 'NTLM',
      signedInBy: index === 0 ? 'request' : 'connection',
      workstation: 'DESK-1',
      mic: 'absent',
      channelBinding: 'absent',
      targetName: 'absent',
      verdict: 'allow',
      principalId: principal.id,
      accessKeyId: accessKey.id,
      roleName: 'migration-full',
    })
  t.notMatch(JSON.stringify(server.audit()), /TlRMTVNT/, 'P8')
  const counted = (scheme: string, result: string) =>
    metricOf(server, `ews_gateway_sign_ins_total{scheme="${scheme}",result="${result}"}`)
  t.equal(await counted('NTLM', 'continue'), 1)
  t.equal(await counted('NTLM', 'authenticated'), 3)
  t.equal(await counted('none', 'missing'), 2)
})

t.test('R33 the body of a first message is discarded unread', async t => {
  const server = await start(t)
  const client = connect(server)
  const body = envelope('alice@example.com', createItem('x', 'x'.repeat(300_000)))
  for (const first of [body, 'no XML', '']) {
    const challenge = await client.challenge({ body: first })
    t.strictSame(server.sandbox.executed, [])
    const answer = await client.ask({ authorization: client.proof(challenge), body })
    t.equal(answer.status, 200)
    t.equal(server.sandbox.executed.length, 1)
    server.sandbox.forget()
  }
})

t.test('R29 a first message that expects 100 Continue gets its challenge instead', async t => {
  const server = await start(t)
  const client = connect(server)
  await client.wire.send(
    bytesOf({ authorization: ntlm(negotiateOf()), headers: ['Expect: 100-continue'], body: '' }),
  )
  t.type(challengeIn(await client.wire.answer()), Buffer)
  t.notMatch(client.wire.text, '100 Continue')

  const other = connect(server)
  const authorization = other.proof(await other.challenge())
  other.wire.text = ''
  await other.wire.send(bytesOf({ authorization, headers: ['Expect: 100-continue'] }))
  t.equal((await other.wire.answer()).status, 200)
  t.match(other.wire.text, /^HTTP\/1.1 100 Continue/)
})

t.test('a rejected proof leaves a connection that can sign in', async t => {
  const server = await start(t)
  const client = connect(server)
  const rejected = await client.signIn({ password: 'wrong' })
  t.strictSame([rejected.status, challengesIn(rejected)], [401, OFFERED])
  const record = server.audit().find(({ reason }) => reason === 'credentials-refused')
  t.match(record, { scheme: 'NTLM', signedInBy: 'request', workstation: 'DESK-1' })
  t.equal(record?.['mic'], undefined, 'nothing is proven')
  t.equal(record?.['accessKeyId'], server.keys.full.id)
  t.equal((await client.signIn()).status, 200)
})

t.test('P5 a signed-in connection ends with its key', async t => {
  const server = await start(t)
  const { accessKey, principal } = server.client('migration-full')
  const client = connect(server)
  await client.signIn()
  await server.store.putKey({ ...accessKey, enabled: false })
  t.equal((await client.ask()).status, 401)
  await server.store.putKey(accessKey)
  t.equal((await client.ask()).status, 401, 'for good')
  t.equal((await client.signIn()).status, 200)
  await server.store.putPrincipal({ ...principal, enabled: false })
  t.equal((await client.ask()).status, 401)
  await server.store.putPrincipal(principal)
  t.equal((await client.signIn()).status, 200)
  await server.store.deleteKey(ORGANIZATION, accessKey.id)
  t.equal((await client.ask()).status, 401)
  t.equal((await client.signIn()).status, 401)
})

t.test('R41 an identity is for its connection, its host name, and no other credential', async t => {
  const server = await start(t)
  for (const [what, sent, status] of [
    ['another key', { authorization: basic(server.keys.readOnly) }, 200],
    ['a wrong credential', { authorization: 'Basic !' }, 401],
    ['another host name', { host: STRICT }, 401],
    ['a host name without NTLM', { host: 'other.example.com' }, 401],
    ['a header of a proxy', { headers: ['X-Forwarded-For: 198.51.100.1'] }, 401],
    ['another header of a proxy', { headers: ['Via: 1.1 proxy'] }, 401],
  ] as const) {
    const client = connect(server)
    t.equal((await client.signIn()).status, 200)
    t.equal((await client.ask(sent)).status, status, what)
    t.equal((await client.ask()).status, 401, `${what} ends it`)
  }
})

t.test('R41 the token endpoint knows no identity of a connection', async t => {
  const server = await start(t)
  const client = connect(server)
  await client.signIn()
  const request = bytesOf({
    line: 'POST /oauth2/token HTTP/1.1',
    body: 'grant_type=client_credentials',
  })
  client.wire.text = ''
  await client.wire.send(request.replace(/text.xml.*/, 'application/x-www-form-urlencoded'))
  const { status, text } = await client.wire.answer()
  t.strictSame([status, JSON.parse(text).error], [401, 'invalid_client'])
})

t.test('R41 a connection of a trusted proxy cannot sign in', async t => {
  const server = await start(t, { trustedProxies: ['127.0.0.1'] })
  const client = connect(server)
  t.strictSame(challengesIn(await client.ask()), OFFERED.slice(1))
  const answer = await client.ask({ authorization: ntlm(negotiateOf()) })
  t.strictSame([answer.status, challengesIn(answer)], [401, OFFERED.slice(1)])
})

t.test(
  'R41 a request in the middle of a handshake is rejected, and ends the connection',
  async t => {
    const server = await start(t)
    const first = bytesOf({ authorization: ntlm(negotiateOf()), body: '' })
    const interleaved = () =>
      metricOf(server, 'ews_gateway_unauthenticated_total{kind="interleaved"}')

    for (const [what, part] of [
      ['a request', {}],
      ['a good credential', { authorization: basic(server.keys.full) }],
      ['another first message', { authorization: ntlm(negotiateOf()) }],
    ] as const) {
      const { wire } = connect(server)
      const before = await interleaved()
      await wire.send(first + bytesOf(part))
      await wire.gone()
      t.match(wire.text, /^HTTP\/1.1 401 .*\r\nWWW-Authenticate: NTLM TlRMTVNT/, what)
      t.equal((await interleaved()) - before, 1, what)
    }
    t.strictSame(server.sandbox.seen, [], 'nothing is forwarded')

    const patient = connect(server)
    await patient.challenge()
    t.equal((await patient.ask()).status, 401, 'also one that waits for the challenge')
    await patient.wire.gone()

    const client = connect(server)
    const authorization = client.proof(await client.challenge())
    client.wire.text = ''
    await client.wire.send(bytesOf({ authorization }) + bytesOf())
    await client.wire.gone()
    t.match(client.wire.text, /^HTTP\/1.1 200 /, 'the request with the proof is answered')
    t.equal(server.sandbox.executed.length, 1, 'and the one behind it is not')
  },
)

t.test('R41 a proof for another connection is rejected', async t => {
  const server = await start(t)
  const [client, attacker] = [connect(server), connect(server)]
  const authorization = client.proof(await client.challenge())
  t.equal((await attacker.ask({ authorization })).status, 401, 'without a challenge')
  await attacker.challenge()
  t.equal((await attacker.ask({ authorization })).status, 401, 'with another challenge')
  t.equal((await client.ask({ authorization })).status, 200)
  t.equal((await client.ask({ authorization })).status, 401, 'a second time')
  t.equal((await client.ask()).status, 401)
})

t.test('R41 a relay to the gateway is rejected where the proof shows it', async t => {
  const folder = t.testdir({})
  const files = ['tls.crt', 'tls.key'].map(name => join(folder, name))
  const made = makeSelfSigned({
    dnsNames: [HOST],
    addresses: LOOPBACK,
    from: new Date(Date.now() - 60_000),
    until: new Date(Date.now() + 86_400_000),
  })
  writeFileSync(String(files[0]), made.certificate)
  writeFileSync(String(files[1]), made.privateKey)
  const [certificate, privateKey] = files.map(file => ({ file: String(file) }))
  if (!certificate || !privateKey) throw new TypeError('No certificate')
  const server = await start(t, { tls: { certificate, privateKey } })
  const { dataPort: port } = server.gateway
  const client = async () => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    t.teardown(() => socket.destroy())
    await once(socket, 'secureConnect')
    return new Client(new Wire(socket), server.keys.full)
  }
  const binding = channelBindingHash(new X509Certificate(made.certificate).raw)
  const evil = makeSelfSigned({
    dnsNames: ['evil.example.com'],
    addresses: [],
    from: new Date(0),
    until: new Date(),
  })
  const evilBinding = channelBindingHash(new X509Certificate(evil.certificate).raw)
  const targetName = `HTTP/${HOST}`
  const mic = 'ok'

  for (const [what, parts, here, strict] of [
    ['a client of the gateway', { mic, binding, targetName }, 200, 200],
    ['a client of a foreign server', { mic, binding: evilBinding, targetName }, 401, 401],
    [
      'a client that names a foreign server',
      { mic, targetName: 'HTTP/evil.example.com' },
      401,
      401,
    ],
    ['a changed proof', { mic: 'wrong', binding, targetName }, 401, 401],
    ['a client that sends nothing about its server', {}, 200, 401],
  ] as const) {
    t.equal((await (await client()).signIn(parts)).status, here, what)
    const answer = await (await client()).signIn(parts, { host: STRICT })
    t.equal(answer.status, strict, `${what}, if the host name requires protection`)
  }
})
