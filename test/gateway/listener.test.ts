import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import t from 'tap'
import { segmentsIn } from '../../src/audit/segments.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { codeOf, createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type Auth,
  FULL,
  type GatewayTestServer,
  mayAssume,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { startServing } from '../kit/serving.ts'
import { until, Wire } from '../kit/wire.ts'
import { chunk, record, OK as UPSTREAM_OK } from '../upstream/recorder.ts'
import { backOffOf, headOf, metricOf, rawRequest, unsettled } from './traces.ts'

const READ = envelope('alice@example.com', GET_FOLDER)
const MIB = 1_048_576

/** Makes an authority, and a certificate for 127.0.0.1 that it has signed. */
function certificate(folder: string, name: string) {
  mkdirSync(folder)
  const read = makeCertificates(folder, [{ name, alternative: 'IP:127.0.0.1' }])
  return { key: read(`${name}.key`), crt: read(`${name}.crt`), ca: read('ca.crt') }
}

/** A console with an issuer, which nothing asks. */
const PEOPLE: Partial<ConfigInput> = {
  controlUrl: 'https://console.example.com',
  console: {
    oidc: {
      issuer: 'https://login.example.com',
      clientId: 'console',
      clientSecret: { file: 'upstream.password' },
      grants: [{ value: 'administrators', policy: 'administer' }],
    },
  },
}

/** A connection that the gateway has taken, which a request shows. */
async function opened(server: GatewayTestServer): Promise<Wire> {
  const wire = new Wire(server.socket())
  await wire.send('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n')
  await wire.answer()
  wire.text = ''
  return wire
}

/** How many connections were closed for this. */
const closedFor = (server: GatewayTestServer, kind: string) =>
  metricOf(server, `ews_gateway_connections_closed_total{kind="${kind}"}`)

/** Whether a request on a new connection is answered. */
async function isServed(server: GatewayTestServer): Promise<boolean> {
  const wire = new Wire(server.socket())
  await wire.send('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n')
  await until('an answer, or the end', () => wire.closed || wire.text !== '')
  const served = wire.text !== ''
  wire.socket.destroy()
  await wire.gone()
  return served
}

/** The gateway learns a little later than we that a connection is closed. */
async function isServedAgain(server: GatewayTestServer): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) if (await isServed(server)) return true
  return false
}

t.test('R29 a body that arrives after its response', async t => {
  const server = await startGatewayTestServer(t)
  const mail = envelope('alice@example.com', createItem('Large', 'x'.repeat(2_700_000)))
  const anonymous = (headers: readonly string[]) => headOf(server, headers, '')

  await t.test('is discarded, and the connection serves the next request', async t => {
    const wire = new Wire(server.socket())
    const length = `Content-Length: ${mail.length}`
    const sent = wire.send(anonymous([length]) + mail.slice(0, 999))
    t.equal((await wire.answer()).status, 401, 'is answered before it has arrived')
    await sent
    await wire.send(mail.slice(999))
    await wire.send(headOf(server, [length]) + mail)
    const [first, second] = await wire.answers(2)
    t.notMatch(first?.head, /^connection: close/im)
    t.equal(codeOf(second?.text ?? ''), 'NoError', 'now with credentials')
    t.match(server.sandbox.executed, [{ operation: 'CreateItem', as: 'alice@example.com' }])
  })

  await t.test('is discarded even if it arrives at once', async t => {
    const wire = new Wire(server.socket())
    await wire.send(anonymous([`Content-Length: ${mail.length}`]) + mail + rawRequest(server, READ))
    const answers = await wire.answers(2)
    t.strictSame(
      answers.map(({ status }) => status),
      [401, 200],
    )
  })

  await t.test('is not discarded if its announced length exceeds the limit', async t => {
    const wire = new Wire(server.socket())
    await wire.send(anonymous([`Content-Length: ${65 * MIB}`]) + mail)
    t.equal((await wire.answer()).status, 401)
    await wire.gone()
  })

  await t.test('is discarded only up to the limit of a body', async t => {
    const small = await startGatewayTestServer(t, { config: { limits: { bodyBytes: 100_000 } } })
    const wire = new Wire(small.socket())
    const encodedChunk = chunk('x'.repeat(10_000))
    await wire.send(headOf(small, ['Transfer-Encoding: chunked'], '') + encodedChunk.repeat(9))
    t.equal((await wire.answer()).status, 401)
    t.notOk(wire.closed)
    await wire.send(encodedChunk.repeat(2))
    await wire.gone()
  })

  await t.test('is discarded on at most 16 connections of an address', async t => {
    const wires = Array.from({ length: 17 }, () => new Wire(server.socket()))
    for (const wire of wires) {
      await wire.send(`${anonymous([`Content-Length: ${mail.length}`])}<`)
      t.equal((await wire.answer()).status, 401)
    }
    await wires[16]?.gone()
    t.equal(wires.filter(({ closed }) => closed).length, 1)

    wires[0]?.socket.destroy()
    await wires[1]?.send(mail.slice(1) + rawRequest(server, READ))
    t.equal((await wires[1]?.answers(2))?.length, 2)
    const later = Array.from({ length: 3 }, () => new Wire(server.socket()))
    for (const wire of later) {
      await wire.send(`${anonymous([`Content-Length: ${mail.length}`])}<`)
      await wire.answer()
    }
    await later[2]?.gone()
    t.equal(later.filter(({ closed }) => closed).length, 1, 'two had room again')
    t.equal(await closedFor(server, 'body-after-answer'), 3, 'and the one that announced too much')
    for (const { socket } of [...wires, ...later]) socket.destroy()
  })

  await t.test('is discarded even if many clients of the address left early', async t => {
    const before = await closedFor(server, 'body-after-answer')
    const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 999'
    for (let count = 0; count < 17; count += 1) {
      const left = new Wire(server.socket())
      await left.send(`POST /oauth2/token HTTP/1.1\r\nHost: gateway\r\n${form}\r\n\r\ngrant_type`)
      left.socket.destroy()
      await left.gone()
    }
    t.ok(await isServedAgain(server))
    const wire = new Wire(server.socket())
    await wire.send(`${anonymous([`Content-Length: ${mail.length}`])}<`)
    t.equal((await wire.answer()).status, 401)
    await wire.send(mail.slice(1) + rawRequest(server, READ))
    t.equal((await wire.answers(2)).length, 2)
    t.equal(await closedFor(server, 'body-after-answer'), before)
  })

  await t.test('is not requested with 100 before authentication', async t => {
    const headers = [`Content-Length: ${READ.length}`, 'Expect: 100-continue']
    const refused = new Wire(server.socket())
    await refused.send(anonymous(headers))
    t.match(await refused.answer(), { status: 401, head: /^connection: close/im })
    await refused.gone()
    t.notMatch(refused.text, '100 Continue')

    const wire = new Wire(server.socket())
    await wire.send(headOf(server, headers))
    await until('100', () => wire.text.includes('\r\n\r\n'))
    t.equal(wire.text, 'HTTP/1.1 100 Continue\r\n\r\n')
    await wire.send(READ)
    t.equal(codeOf((await wire.answer()).text), 'NoError')
  })
  t.strictSame(unsettled(server), [])
})

t.test('gatewayListener accepts no more connections than its limit', async t => {
  const server = await startGatewayTestServer(t, { config: { limits: { connections: 2 } } })
  const [first] = [await opened(server), await opened(server)]
  t.notOk(await isServed(server), 'the third is dropped')
  t.equal(await closedFor(server, 'too-many'), 1)
  first.socket.destroy()
  await first.gone()
  t.ok(await isServedAgain(server))
})

t.test('InFlight rejects requests over the budget of a role, for all its principals', async t => {
  const upstream = await record(t, () => undefined)
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
    config: { limits: { inFlightPerRole: 2 } },
  })
  const { key } = await server.addPrincipal('another', mayAssume(server.client(FULL.name).role.id))
  const under = [server.post(READ), server.post(READ, { auth: key })]
  await until('two are in flight', () => upstream.requests.length === 2)
  for (const auth of ['full', key] as const)
    t.equal(codeOf((await server.post(READ, { auth })).text), 'ErrorServerBusy')
  const other = server.post(READ, { auth: 'readOnly' })
  await until('another role has its own', () => upstream.requests.length === 3)
  for (const socket of upstream.sockets) socket.write(UPSTREAM_OK)
  for (const answer of await Promise.all([...under, other])) t.equal(answer.status, 200)
})

t.test('RequestRate limits a principal before its body is read, and a role', async t => {
  const server = await startGatewayTestServer(t, {
    config: { limits: { requestsPerMinute: { principal: 1, role: 1, burst: 2 } } },
  })
  const another = await server.addPrincipal('another', mayAssume(server.client(FULL.name).role.id))
  const isBusy = async (sent: ReturnType<GatewayTestServer['post']>) => {
    const { text, status } = await sent
    t.match([codeOf(text), status], ['ErrorServerBusy', 500])
    const backOff = Number(backOffOf(text))
    t.ok(backOff > 0 && backOff <= 60_000, 'with the time to wait')
  }
  for (let i = 0; i < 2; i += 1) t.equal((await server.post(READ)).status, 200)
  await isBusy(server.post('no XML'))
  await isBusy(server.post(READ, { auth: another.key }))
  t.equal((await server.post(READ, { auth: 'readOnly' })).status, 200, 'another role has its own')
  t.equal(server.sandbox.seen.length, 3)

  const decisions = server.audit().filter(({ type }) => type === 'decision')
  t.match(decisions[2], { verdict: 'error', reason: 'over-budget', operation: undefined })
  t.match(decisions[3], { verdict: 'error', reason: 'over-budget', operation: 'GetFolder' })
  const metrics = await server.metrics()
  t.match(metrics, /throttled_total\{kind="principal"\} 1/)
  t.match(metrics, /throttled_total\{kind="role"\} 1/)
})

t.test('RequestRate limits a role before its body arrives', async t => {
  const server = await startGatewayTestServer(t, {
    config: { limits: { requestsPerMinute: { role: 1, burst: 1 } } },
  })
  t.equal((await server.post(READ)).status, 200)
  const waiting = new Wire(server.socket())
  const head = headOf(server, [`Content-Length: ${READ.length}`])
  await waiting.send(head + READ.slice(0, READ.indexOf('<m:GetFolder>') + 20))
  await until('it is answered', () => waiting.text.includes('ErrorServerBusy'))
  t.equal(server.sandbox.seen.length, 1)
})

t.test('RequestRate limits requests for a token', async t => {
  const server = await startGatewayTestServer(t, {
    config: { limits: { requestsPerMinute: { principal: 1, role: 1, burst: 2 } } },
  })
  const grant = (auth: Auth) =>
    server.post('grant_type=client_credentials', {
      auth,
      path: '/oauth2/token',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    })
  t.equal((await grant('full')).status, 200)
  t.equal((await server.post(READ)).status, 200)
  const throttled = await grant('full')
  t.equal(throttled.status, 429)
  t.match(JSON.parse(throttled.text), { error: 'temporarily_unavailable' })
  const seconds = Number(throttled.headers['retry-after'])
  t.ok(seconds > 1 && seconds <= 60, 'with the time to wait')
  t.equal(
    (await grant({ ...server.keys.full, secret: 'x' })).status,
    401,
    'a wrong secret does not count',
  )
  t.equal((await grant('readOnly')).status, 200, 'another principal has its own')
  const assumed = server.audit().filter(({ type }) => type === 'assume')
  t.match(assumed[1], { verdict: 'error', reason: 'temporarily_unavailable' })
})

t.test('InFlight rejects requests over the budget of a principal', async t => {
  const upstream = await record(t, () => undefined)
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
    config: { limits: { inFlightPerPrincipal: 2 } },
  })
  const under = [server.post(READ), server.post(READ)]
  await until('two are in flight', () => upstream.requests.length === 2)
  const third = await server.post(READ)
  t.equal(codeOf(third.text), 'ErrorServerBusy')
  t.equal(backOffOf(third.text), 10_000)
  const other = server.post(READ, { auth: 'readOnly' })
  await until('another principal has its own', () => upstream.requests.length === 3)

  for (const socket of upstream.sockets) socket.write(UPSTREAM_OK)
  for (const answer of await Promise.all([...under, other])) t.equal(answer.status, 200)
  const again = server.post(READ)
  await until('there is room again', () => upstream.requests.length === 4)
  for (const socket of upstream.sockets) socket.write(UPSTREAM_OK)
  t.equal((await again).status, 200)
  t.match(
    await server.metrics(),
    /verdict="error",reason="over-budget",outcome="FAILED",cause="throttled"\} 1/,
  )
})

t.test('gatewayListener parses HTTP strictly', async t => {
  const server = await startGatewayTestServer(t)

  await t.test('and rejects malformed requests', async t => {
    const post = 'POST /EWS/Exchange.asmx HTTP/1.1\r\n'
    const authorization = `Authorization: ${server.authorization('full')}\r\n`
    const host = 'Host: gateway\r\n'
    for (const [what, bytes, status] of [
      ['headers over the limit', `${post}${host}X: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
      ['a URL over the limit', `GET /${'x'.repeat(17_000)} HTTP/1.1\r\n${host}\r\n`, 431],
      ['no Host', `${post}\r\n`, 400],
      ['two lengths', `${post}${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
      [
        'a length and chunks',
        `${post}${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
        400,
      ],
      ['an unknown transfer coding', `${post}${host}Transfer-Encoding: gzip\r\n\r\n`, 400],
      ['a header line without a colon', `${post}${host}x\r\n\r\n`, 400],
      ['a folded header', `${post}${host}X: a\r\n b\r\n\r\n`, 400],
      ['a blank before the colon', `${post}${host}Content-Length : 1\r\n\r\n`, 400],
      ['a line feed alone', `${post}Host: gateway\nX: y\r\n\r\n`, 400],
      ['no HTTP', 'EHLO example.com\r\n', 400],
      ['two credentials', `${post}${host}${authorization.repeat(2)}\r\n`, 400],
    ] satisfies [string, string, number][]) {
      const wire = new Wire(server.socket())
      await wire.send(bytes)
      t.equal((await wire.answer()).status, status, what)
      wire.socket.destroy()
    }
    t.strictSame(server.audit(), [])
    t.equal(await closedFor(server, 'headers-too-large'), 2)
    t.equal(await closedFor(server, 'malformed'), 8)
  })

  await t.test('from 1.0 on', async t => {
    const bytes = rawRequest(server, READ).replace('HTTP/1.1', 'HTTP/1.0')
    const once = new Wire(server.socket())
    await once.send(bytes)
    t.equal(codeOf((await once.answer()).text), 'NoError')
    await once.gone()

    const kept = new Wire(server.socket())
    await kept.send(bytes.replace('Host: gateway', 'Connection: keep-alive'))
    await kept.answer()
    await kept.send(bytes)
    const answers = await kept.answers(2)
    t.equal(answers.length, 2)
    t.match(answers[0]?.head, /^connection: keep-alive/im)
  })
  t.strictSame(unsettled(server), [])
})

t.test('gatewayListener answers pipelined requests in their order', async t => {
  const upstream = await record(t, () => undefined)
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  const [alice, bob] = ['alice@example.com', 'bob@example.com'].map(address =>
    rawRequest(server, envelope(address, GET_FOLDER)),
  )
  const answer = (text: string) => {
    for (const socket of upstream.sockets)
      if (!socket.destroyed) socket.write(text.length > 0 ? text : UPSTREAM_OK)
  }
  const wire = new Wire(server.socket())
  await wire.send(`${alice}${bob}${headOf(server, ['Content-Length: 0'], '')}`)
  await until('the first is there', () => upstream.requests.length >= 1)
  for (let count = 1; count <= 2; count++) {
    await until('the next is there', () => upstream.requests.length >= count)
    answer('')
  }
  t.strictSame(
    (await wire.answers(3)).map(({ status }) => status),
    [200, 200, 401],
  )
  t.match(upstream.requests, [{ body: /alice@/ }, { body: /bob@/ }])

  const gone = new Wire(server.socket())
  await gone.send(`${alice}${bob}`)
  await until('it is there', () => upstream.requests.length >= 3)
  gone.socket.destroy()
  await until('both are given up', () => unsettled(server).length === 0)
  await upstream.quiet()
  t.equal(await metricOf(server, 'ews_gateway_streams_open'), 0)
})

t.test('ews-gateway serve uses TLS, and reloads the certificate at SIGHUP', async t => {
  const folder = t.testdir({})
  const [old, renewed] = ['old', 'renewed'].map(name => certificate(join(folder, name), name))
  if (old === undefined || renewed === undefined) throw new TypeError('There are two')
  const tls = { certificate: { file: 'tls.crt' }, privateKey: { file: 'tls.key' } }
  await t.test('without losing a connection', async t => {
    const serving = await startServing(t, {
      config: { tls, ...PEOPLE },
      files: { 'tls.crt': old.crt, 'tls.key': old.key },
    })
    const { server, command } = serving
    const open = async (ca: string): Promise<TLSSocket> => {
      const socket = connectTls({ port: server.gateway.dataPort, host: '127.0.0.1', ca })
      t.teardown(() => socket.destroy())
      await once(socket, 'secureConnect')
      return socket
    }
    const hangUp = async (files: Readonly<{ crt: string; key: string }>, line: RegExp) => {
      writeFileSync(join(serving.folder, 'tls.crt'), files.crt)
      writeFileSync(join(serving.folder, 'tls.key'), files.key)
      command.child.kill('SIGHUP')
      await command.printed(line)
    }
    const before = await open(old.ca)
    const kept = new Wire(before)
    await kept.send(rawRequest(server, READ))
    t.equal(codeOf((await kept.answer()).text), 'NoError')

    await hangUp(
      renewed,
      /A new audit segment begins[\s\S]*Certificate reloaded[\s\S]*Grants of people reloaded/,
    )
    const after = await open(renewed.ca)
    t.equal(after.getPeerCertificate().subject.CN, 'renewed')
    await t.rejects(open(old.ca), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
    await kept.send(rawRequest(server, READ))
    t.equal((await kept.answers(2)).length, 2, 'a connection from before lives on')
    t.equal(segmentsIn(readdirSync(server.auditFolder)).length, 2, 'R31 in another segment')
    await until('its records are there', () => server.audit().length === 4)

    await hangUp(
      { crt: old.crt, key: renewed.key },
      /Cannot read the configuration again; keeping the current one/,
    )
    t.equal((await open(renewed.ca)).getPeerCertificate().subject.CN, 'renewed', 'stays')

    const clear = new Wire(connect(server.gateway.dataPort, '127.0.0.1'))
    await clear.send(rawRequest(server, READ))
    await clear.gone()
    t.notMatch(clear.text, /HTTP/, 'speaks nothing else')
    t.equal(await command.kill('SIGTERM'), 0)
  })
})

t.test('R22 tlsTerminatedBy', async t => {
  await t.test('trusts the client address of those proxies, and accepts this machine', async t => {
    const server = await startGatewayTestServer(t, { config: { tlsTerminatedBy: ['127.0.0.2'] } })
    const wire = new Wire(
      connect({ port: server.gateway.dataPort, host: '127.0.0.1', localAddress: '127.0.0.2' }),
    )
    const forwarded = ['X-Forwarded-For: 10.1.2.3, 192.0.2.7', 'X-Forwarded-Proto: https']
    await wire.send(rawRequest(server, READ, forwarded))
    t.equal(codeOf((await wire.answer()).text), 'NoError')
    await wire.send(rawRequest(server, READ, ['X-Forwarded-For: nobody']))
    t.equal((await wire.answers(2))[1]?.status, 400)
    wire.socket.destroy()

    const direct = new Wire(server.socket())
    await direct.send(rawRequest(server, READ, forwarded))
    await direct.answer()
    const decisions = server.audit().filter(({ type }) => type === 'decision')
    t.strictSame(
      decisions.map(({ sourceAddress }) => sourceAddress),
      ['192.0.2.7', '127.0.0.1'],
      'R23 only a trusted peer is believed, from the right',
    )
  })

  const own = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address
  const skip = own === undefined ? 'This machine has no address but loopback' : false
  await t.test('closes connections from anywhere else', { skip }, async t => {
    const [data, port] = [`${own}:0`, '127.0.0.1:0']
    for (const [proxy, served] of [
      ['198.51.100.1', false],
      [own ?? '', true],
    ] as const)
      await t.test(proxy, async t => {
        const listen = { data, control: port, ops: port }
        const server = await startGatewayTestServer(t, {
          config: { listen, tlsTerminatedBy: [proxy] },
        })
        const wire = new Wire(connect(server.gateway.dataPort, own))
        await wire.send(rawRequest(server, READ))
        await until('an answer, or the end', () => wire.closed || wire.text !== '')
        t.equal(wire.text !== '', served)
        wire.socket.destroy()
      })
  })
})

t.test('close() first answers requests that have arrived', async t => {
  const server = await startGatewayTestServer(t)
  const kept = new Wire(server.socket())
  await kept.send(rawRequest(server, READ))
  await kept.answer()
  const fresh = new Wire(server.socket())
  await once(fresh.socket, 'connect')
  // Handed to the system, and not read yet.
  for (const { socket } of [kept, fresh]) socket.write(rawRequest(server, READ))
  const closed = server.gateway.close()
  const answers = [...(await kept.answers(2)), ...(await fresh.answers(1))]
  t.strictSame(
    answers.map(({ text }) => codeOf(text)),
    ['NoError', 'NoError', 'NoError'],
  )
  await closed
})

t.test('listen.shareData lets gateways share a data port exclusively', async t => {
  const listenAt = (data: string, shareData: boolean) => ({
    config: { listen: { data, control: '127.0.0.1:0', ops: '127.0.0.1:0', shareData } },
  })
  const one = await startGatewayTestServer(t, listenAt('127.0.0.1:0', true))
  const address = `127.0.0.1:${one.gateway.dataPort}`
  await t.rejects(startGatewayTestServer(t, listenAt(address, false)), /taken|EADDRINUSE/)
  const other = await startGatewayTestServer(t, listenAt(address, true))

  const served = (server: GatewayTestServer) =>
    metricOf(server, 'ews_gateway_unauthenticated_total{kind="missing"}')
  let connections = 0
  for (; connections < 200; connections++) {
    const { status } = await fetch(one.url, { headers: { Connection: 'close' } })
    if (status !== 401) t.fail(`answered ${status}`)
    if ((await served(one)) > 0 && (await served(other)) > 0) break
  }
  t.ok(
    (await served(one)) > 0 && (await served(other)) > 0,
    `both within ${connections} connections`,
  )
})
