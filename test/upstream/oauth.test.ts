import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { oauthAuthentication } from '../../src/upstream/oauth.ts'
import { until } from '../kit/until.ts'
import { type Answer, answerOf, ask, OK, record, upstreamOf } from './recorder.ts'

const SECRET = 'p+w & =ü'
const SCOPE = 'https://mail.example.com/.default'

type Reply = Readonly<{ status?: number; body?: unknown }>

/** A token endpoint that returns a new token each time, valid for a hundred seconds by default. */
async function startEndpoint(t: Test, reply: (number: number) => Reply = () => ({})) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', chunk => (text += chunk))
    request.on('end', () => {
      asked.push(text)
      const token = { token_type: 'Bearer', access_token: `t${asked.length}`, expires_in: 100 }
      const { status = 200, body = token } = reply(asked.length)
      response.writeHead(status, { 'Content-Type': 'application/json' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { asked, tokenUrl: `http://127.0.0.1:${port}/tenant/token` }
}

async function start(t: Test, reply?: (number: number) => Reply, answer?: Answer) {
  const endpoint = await startEndpoint(t, reply)
  const server = await record(t, answer)
  const clock = { now: 1_000_000 }
  const upstream = upstreamOf(t, server.url, {
    authentication: oauthAuthentication({
      tokenUrl: endpoint.tokenUrl,
      clientId: 'gateway',
      clientSecret: new Secret(SECRET),
      scope: SCOPE,
    }),
    now: () => clock.now,
  })
  const tokens = () =>
    server.requests.map(({ head }) => /^authorization: Bearer (\S+)\r$/im.exec(head)?.[1])
  return { ...endpoint, server, clock, upstream, tokens }
}

const refusing =
  (...numbers: readonly number[]): Answer =>
  (socket, number) =>
    socket.write(
      numbers.includes(number) ? answerOf('401 Unauthorized', ['WWW-Authenticate: Bearer']) : OK,
    )

t.test('OAuth: a token is requested once, cached, and renewed before it expires', async t => {
  const { asked, clock, upstream, tokens } = await start(t)
  await Promise.all([1, 2, 3, 4].map(() => ask(upstream)))
  t.equal(asked.length, 1)
  t.strictSame(Object.fromEntries(new URLSearchParams(asked[0])), {
    grant_type: 'client_credentials',
    client_id: 'gateway',
    client_secret: SECRET,
    scope: SCOPE,
  })
  clock.now += 79_000
  await ask(upstream)
  t.equal(asked.length, 1, 'it is kept')
  clock.now += 2_000
  await ask(upstream)
  await until('a second token is requested', () => asked.length === 2)
  t.strictSame(tokens(), ['t1', 't1', 't1', 't1', 't1', 't1'], 'the old token is used until then')
  await until('a second token is requested', () => asked.length === 2)
  clock.now += 20_000
  await ask(upstream)
  t.equal(tokens().at(-1), 't2')
  clock.now += 1_000_000
  await ask(upstream)
  t.equal(tokens().at(-1), 't3', 'one that has ended is never sent')
})

t.test('OAuth: a failed renewal keeps the old token, and backs off', async t => {
  const { asked, clock, upstream, tokens } = await start(t, number =>
    number === 1 ? {} : { status: 500, body: 'x' },
  )
  await ask(upstream)
  clock.now += 85_000
  await ask(upstream)
  await until('a second token is requested', () => asked.length === 2)
  await ask(upstream)
  t.equal(asked.length, 2)
  t.strictSame(tokens(), ['t1', 't1', 't1'])
  clock.now += 15_000
  const { failure } = await ask(upstream)
  t.match(failure, { reason: 'upstream-unreachable', message: /token endpoint.*status 500$/ })
})

t.test('OAuth: a rejected cached token is replaced; a rejected new one backs off', async t => {
  const { upstream, tokens } = await start(t, undefined, refusing(1, 3, 4))
  await ask(upstream)
  t.equal((await ask(upstream)).failure, undefined, 'a write too: nothing was done')
  t.strictSame(tokens(), ['t1', 't1', 't2'])
  t.match((await ask(upstream)).failure, { reason: 'upstream-refused-credentials' })
  await ask(upstream)
  t.strictSame(tokens(), ['t1', 't1', 't2', 't2', 't3'], 'R30 then nothing is sent')
})

t.test('OAuth: responses of the token endpoint', async t => {
  const good = { token_type: 'bearer', access_token: 'x', expires_in: '3600' }
  for (const [name, reply, reason, cause] of [
    ['a lower-case type and a life in text', { body: good }, undefined],
    ['no life', { body: { ...good, expires_in: undefined } }, undefined],
    [
      'a client that is refused',
      { status: 400, body: { error: 'invalid_client', error_description: SECRET } },
      'upstream-refused-credentials',
      /status 400 \(invalid_client\)$/,
    ],
    ['a bare 401', { status: 401, body: '' }, 'upstream-refused-credentials', /status 401$/],
    ['a bad request', { status: 400, body: { error: 'x y' } }, 'upstream-unreachable'],
    ['a page', { body: '<html>' }, 'upstream-unreachable'],
    ['no object', { body: 'null' }, 'upstream-unreachable'],
    ['another type', { body: { ...good, token_type: 'mac' } }, 'upstream-unreachable'],
    ['a header within', { body: { ...good, access_token: 'x\r\ny: z' } }, 'upstream-unreachable'],
    ['too much', { body: { ...good, more: 'x'.repeat(2_000_000) } }, 'upstream-unreachable'],
  ] as const) {
    const { upstream, asked, server } = await start(t, () => reply)
    const { failure } = await ask(upstream)
    t.equal(failure?.reason, reason, name)
    if (cause) t.match(failure?.cause, { message: cause }, name)
    t.notMatch(inspect(failure, { depth: 9 }), /p\+w/, 'P8')
    t.equal(server.requests.length, reason ? 0 : 1, 'nothing is sent without a token')
    if (reason === 'upstream-refused-credentials') {
      await ask(upstream)
      t.equal(asked.length, 1, 'R30 the endpoint is left alone too')
    }
  }
})

t.test('P8 OAuth: neither secret nor token is printed', async t => {
  const { upstream } = await start(t)
  await ask(upstream)
  t.notMatch(inspect(upstream, { depth: 20, showHidden: true }), /p\+w|t1\b/)
})
