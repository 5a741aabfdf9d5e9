/**
 * Tests NTLM against independent servers: Apache with mod_auth_gssapi, and gss-ntlmssp with required
 * channel bindings. The sandbox is behind both.
 */

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { runCheckUpstream } from '../../src/cli/check-upstream.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Secret } from '../../src/model/secret.ts'
import type { ExchangeOptions, ExchangeUpstream } from '../../src/upstream/exchange.ts'
import { ntlmAuthentication } from '../../src/upstream/ntlm.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { until } from '../kit/until.ts'
import { AUTHORIZATION, startSandbox } from '../sandbox/client.ts'
import {
  DOMAIN,
  PASSWORD,
  startAcceptor,
  startApache,
  USER,
  withoutApache,
  withoutGssapi,
} from './acceptors.ts'
import { ask, collect, requestOf, upstreamOf } from './recorder.ts'
import { createItem, GET_FOLDER, getStreamingEvents, SUBSCRIBE } from './soap.ts'

const skipAll = withoutApache && withoutGssapi
const pem = skipAll
  ? () => ''
  : makeCertificates(t.testdir({}), [
      { name: 'sha256', alternative: 'IP:127.0.0.1' },
      { name: 'sha384', alternative: 'IP:127.0.0.1', hash: 'sha384' },
      { name: 'sha512', alternative: 'IP:127.0.0.1', hash: 'sha512' },
    ])

const sandbox = await startSandbox()
t.teardown(() => sandbox.close())

const behind = (certificate = 'sha256') => ({
  certificate: pem(`${certificate}.crt`),
  key: pem(`${certificate}.key`),
  port: Number(new URL(sandbox.url).port),
  credentials: AUTHORIZATION.replace('Basic ', ''),
})

const account = { user: USER, domain: DOMAIN, password: new Secret(PASSWORD), workstation: '' }

const signedIn = (t: Test, url: string, options: Partial<ExchangeOptions> = {}) =>
  upstreamOf(t, url, {
    authentication: ntlmAuthentication(account),
    tls: { ca: pem('ca.crt') },
    now: Date.now,
    ...options,
  })

const read = { body: GET_FOLDER, contentLength: GET_FOLDER.length, replayable: true }
const writeOf = (body: Buffer) => ({ body, contentLength: body.length, replayable: false })

/** More requests, all sent at once, than there are sockets. */
const MANY = 80

async function askMany(upstream: ExchangeUpstream): Promise<number> {
  const answers = await Promise.all(Array.from({ length: MANY }, () => ask(upstream, read)))
  return answers.filter(({ chunks }) => chunks.join('').includes('NoError')).length
}

t.test('NTLM with Apache', { skip: withoutApache }, async t => {
  const apache = await startApache(t, behind())
  const logged = (count: number) =>
    until(`${count} lines of the log`, () => apache.log().length >= count)
  let before = 0
  const news = () => {
    const lines = apache.log().slice(before)
    before += lines.length
    return lines
  }
  const count = (lines: readonly string[], line: RegExp) =>
    lines.filter(one => line.test(one)).length

  await t.test('many requests over eight sockets: a handshake for each socket', async t => {
    t.equal(await askMany(signedIn(t, apache.url, { connections: 8 })), MANY)
    await logged(MANY + 16)
    const lines = news()
    t.equal(count(lines, /^401 GET 0$/), 8, 'each asks once')
    t.equal(count(lines, /^200 GET 1$/), 8, 'and is taken once')
    t.equal(count(lines, /^200 POST/), MANY)
    t.equal(lines.length, MANY + 16, 'and nothing else is sent')
  })

  await t.test('R30 a wrong password is sent once, then the gateway backs off', async t => {
    const wrong = { ...account, password: new Secret('wrong') }
    const upstream = signedIn(t, apache.url, { authentication: ntlmAuthentication(wrong) })
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask(upstream, read)))
    for (const { failure } of answers)
      t.match(failure, { reason: 'upstream-refused-credentials', backOffMs: 2_000 })
    await ask(upstream, read)
    await logged(before + 2)
    t.strictSame(news(), ['401 GET 0', '401 GET 1'], 'with no body')
  })

  await t.test('check-upstream passes, and reports what is wrong with the account', async t => {
    const folder = t.testdir({ password: PASSWORD, wrong: 'wrong', 'ca.crt': pem('ca.crt') })
    for (const [kind, file, expected] of [
      [
        'ntlm',
        'password',
        {
          code: 0,
          out: /credentials +ok +the server accepts the account, with authentication.kind ntlm\n/,
        },
      ],
      ['ntlm', 'wrong', { code: 1, out: /credentials +FAILED .*\n.*Extended Protection/ }],
      ['basic', 'password', { code: 1, out: /schemes +FAILED .*NTLM, and not basic.*\n.*-Basic/ }],
    ] as const) {
      const config = loadConfig({
        env: {},
        cwd: folder,
        overrides: {
          organizations: [
            {
              id: 'm-0123456789abcdef0123456789abcdef',
              alias: 'example',
              upstream: {
                url: apache.url,
                authentication: {
                  kind,
                  username: `${DOMAIN}\\${USER}`,
                  password: { file },
                },
                serviceAddresses: ['svc@example.com'],
                tls: { ca: { file: 'ca.crt' } },
              },
              neutralMailbox: 'neutral@example.com',
            },
          ],
        },
      })
      let out = ''
      const print = (text: string) => {
        out += text
      }
      const code = await runCheckUpstream(config, {}, { print, warn: print })
      t.match({ code, out }, expected, `${kind}, ${file}`)
    }
    news()
  })

  await t.test('a large upload streams, and its end is withheld', async t => {
    const upstream = signedIn(t, apache.url)
    const body = createItem('x'.repeat(6_000_000))
    const going = Promise.withResolvers<void>()
    async function* chunks() {
      for (let at = 0; at < body.length - 100; at += 65_536)
        yield body.subarray(at, Math.min(at + 65_536, body.length - 100))
      await going.promise
      yield body.subarray(body.length - 100)
    }
    sandbox.forget()
    const arrived = (upload: number) =>
      sandbox.seen.filter(({ method }) => method === 'POST')[upload]?.bytes ?? 0
    const request = { ...writeOf(body), body: Readable.from(chunks()) }
    const whole = collect()
    upstream.send(requestOf(request), whole.sink)
    await until('most has arrived', () => arrived(0) > 5_000_000)
    t.equal(sandbox.executed.length, 0, 'R8 nothing runs before its end')
    going.resolve()
    await whole.over
    t.match(whole.chunks.join(''), /NoError/)
    t.equal(sandbox.executed.length, 1)

    const stuck = Promise.withResolvers<void>()
    async function* endless() {
      yield body.subarray(0, 3_000_000)
      await stuck.promise
    }
    const given = collect()
    const exchange = upstream.send(
      requestOf({ ...request, body: Readable.from(endless()) }),
      given.sink,
    )
    await until('some has arrived', () => arrived(1) > 2_000_000)
    exchange.abort()
    t.match((await ask(upstream, read)).chunks.join(''), /NoError/)
    t.strictSame(
      sandbox.executed.map(({ operation }) => operation),
      ['CreateItem', 'GetFolder'],
      'R8 one that was given up never runs',
    )
    news()
  })

  await t.test('a stream keeps its socket, and other requests continue', async t => {
    const upstream = signedIn(t, apache.url, { connections: 2 })
    const subscribed = (await ask(upstream, writeOf(SUBSCRIBE))).chunks.join('')
    const [, id = ''] = /SubscriptionId>([^<]+)</.exec(subscribed) ?? []
    const stream = collect()
    const exchange = upstream.send(requestOf(writeOf(getStreamingEvents(id))), stream.sink)
    await until('the stream begins', () => stream.chunks.length > 0)
    for (const _ of [1, 2, 3]) t.match((await ask(upstream, read)).chunks.join(''), /NoError/)
    t.strictSame(
      stream.calls.filter(call => call !== 'piece'),
      ['head'],
      'it is still open',
    )
    exchange.abort()
    await logged(before + 8)
    t.equal(count(news(), /^200 GET 1$/), 2)
  })

  await t.test('a socket that breaks', async t => {
    const way = await cuttable(t, Number(new URL(apache.url).port))
    const url = apache.url.replace(/:\d+/, `:${way.port}`)
    const upstream = signedIn(t, url, { connections: 1 })
    const executed = (operation: string) =>
      sandbox.executed.filter(one => one.operation === operation).length

    await ask(upstream, read)
    sandbox.forget()
    way.cutAnswer()
    t.match((await ask(upstream, read)).chunks.join(''), /NoError/, 'a read is sent once more')
    t.equal(executed('GetFolder'), 2)

    way.cutAnswer()
    const write = await ask(upstream, writeOf(createItem('once')))
    t.match(write.failure, { reason: 'upstream-unreachable' }, 'a write is not')
    t.equal(executed('CreateItem'), 1)

    await ask(upstream, read)
    way.endAll()
    await until('no connection is open', () => way.open() === 0)
    const next = await ask(upstream, writeOf(createItem('again')))
    t.match(next.chunks.join(''), /NoError/, 'one that broke while idle is not used')
    t.equal(executed('CreateItem'), 2)
    await logged(before + 1)
    t.equal(count(news(), /^401 POST/), 0, 'none is sent on a socket without a handshake')
  })
})

t.test('NTLM with required channel bindings', { skip: withoutGssapi }, async t => {
  for (const hash of ['sha256', 'sha384', 'sha512']) {
    const acceptor = await startAcceptor(t, behind(hash), hash)
    const { failure, chunks } = await ask(signedIn(t, acceptor.url), read)
    t.match([failure, chunks.join('')], [undefined, /NoError/], `by a certificate with ${hash}`)
    t.strictSame(await acceptor.logged(2), ['handshake', 'request'])
  }

  const acceptor = await startAcceptor(t, behind(), 'sha256')
  t.equal(await askMany(signedIn(t, acceptor.url, { connections: 8 })), MANY)
  const log = await acceptor.logged(MANY + 8)
  t.equal(log.filter(line => line === 'handshake').length, 8)
  t.equal(log.length, MANY + 8, 'many requests, a handshake for each of eight sockets')

  const other = await startAcceptor(t, behind('sha256'), 'sha384')
  const { failure } = await ask(signedIn(t, other.url), read)
  t.match(failure, { reason: 'upstream-refused-credentials' }, 'other bindings are refused')
  t.match(await other.logged(1), [/^refused/])
})

/** A way through which bytes go, until it is cut. */
async function cuttable(t: Test, to: number) {
  const pairs = new Set<readonly [Socket, Socket]>()
  let cuts = 0
  const server = createServer(client => {
    const upstream = connect(to, '127.0.0.1')
    const pair = [client, upstream] as const
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) socket.on('error', () => undefined).on('close', end)
    client.on('data', chunk => upstream.write(chunk))
    upstream.on('data', chunk => {
      if (cuts > 0) {
        cuts -= 1
        end()
      } else client.write(chunk)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const cutAll = () => {
    for (const socket of [...pairs].flat()) socket.destroy()
  }
  t.teardown(() => {
    cutAll()
    server.close()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' ? address?.port : 0,
    /** The next bytes of an answer do not arrive, and nothing does after them. */
    cutAnswer: () => {
      cuts = 1
    },
    /** As a server ends connections that had nothing to do. */
    endAll: () => {
      for (const [client] of pairs) client.end()
    },
    open: () => pairs.size,
  }
}
