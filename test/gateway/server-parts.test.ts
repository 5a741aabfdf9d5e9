/**
 * The data listener with dependencies of a test: routes, limits, and what a change of the policy starts.
 */

import diagnostics from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { GatewayPorts } from '../../src/gateway/ports.ts'
import { gatewayListener } from '../../src/gateway/server.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { parseRange } from '../../src/policy/address.ts'
import type { AnswerSink } from '../../src/upstream/upstream.ts'
import { DEFAULT_LIMITS } from '../../src/xml/limits.ts'
import { CREDENTIAL, ORGANIZATION } from '../decision/data.ts'
import { codeOf, createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { until, Wire } from '../kit/wire.ts'
import { DecisionWorld } from './decision-world.ts'
import { ANN } from './exchange-world.ts'

const EWS = '/EWS/Exchange.asmx'
const BUG = new TypeError('bug')

type Given = Readonly<{
  port?: number
  limits?: object
  trustedPeers?: readonly string[]
  traces?: object
  /** Whether the upstream answers. */
  answers?: boolean
}>

/** Starts a listener whose clients are all authenticated, and notes what it does. */
async function open(t: Test, given: Given = {}) {
  const { limits = {}, trustedPeers = [], traces, answers = true } = given
  const world = new DecisionWorld()
  const { context, caller: known } = world.calling()
  const caller = { ...known, credential: { kind: 'access-key', key: CREDENTIAL.key } }
  const authenticate = () => ({ kind: 'authenticated', caller })
  const noted = {
    ...{ closed: [] as string[], throttled: [] as string[], logged: [] as unknown[][] },
    ...{ sent: 0, change: (_: string): void => undefined },
  }
  Object.assign(world.served.upstream, {
    serverVersion: () => undefined,
    schema: async () => undefined,
    send: (_: unknown, sink: AnswerSink) => {
      noted.sent += 1
      if (answers)
        queueMicrotask(() => {
          sink.head({ status: 200, headers: [], gzip: false, cookies: [] })
          sink.end()
        })
      return { responseCode: 'NoError', isFault: false, abort: () => undefined }
    },
  })
  const ports = {
    ...context.server.ports,
    settings: {
      limits: {
        ...{ ...DEFAULT_LIMITS, bodyBytes: 2_000, gatheredBytes: 100_000, headerBytes: 16_384 },
        ...{ connections: 100, connectionsPerAddress: 100 },
        ...{ inFlightPerPrincipal: 10, inFlightPerRole: 10, requestsPerMinute: { burst: 1 } },
        ...limits,
      },
      timeouts: { headersMs: 60_000, bodyIdleMs: 60_000, upstreamMs: 60_000 },
      trustedPeers: trustedPeers.map(parseRange),
      ...{ tlsTerminatedBy: [], reevaluationMs: 1_000_000_000, offers: new Map() },
    },
    watch: {
      onChange: (listener: (organization: string) => void) => {
        noted.change = listener
      },
    },
    ...{ traces, now: () => 0, budget: new ByteBudget(100_000_000) },
    authenticator: {
      ...{ authenticate, authenticateClient: authenticate },
      confirm: async () => {
        throw BUG
      },
    },
    metrics: {
      signIns: { ofRequest: () => undefined, unauthenticated: () => undefined },
      ...{ request: () => undefined, upstream: { failed: () => undefined } },
      connectionClosed: (kind: string) => noted.closed.push(kind),
      throttled: (of: string) => noted.throttled.push(of),
    },
    audit: { record: () => undefined, written: async () => undefined },
    journalShares: { check: () => undefined, count: () => 1 },
    log: {
      isLevelEnabled: () => false,
      error: (...logged: unknown[]) => noted.logged.push(logged),
      warn: () => undefined,
    },
    cookies: { unseal: () => ({ cookies: new Map(), anchorMailbox: undefined }) },
    prologues: { find: () => undefined, add: () => undefined },
  }
  const listener = gatewayListener(undefined, ports as unknown as GatewayPorts)
  await listener.listen({ host: '127.0.0.1', port: given.port ?? 0 })
  const { port } = listener
  t.teardown(() => listener.close(0))
  const wire = (localAddress = '127.0.0.1') => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    t.teardown(() => socket.destroy())
    return new Wire(socket)
  }
  const url = `http://127.0.0.1:${port}`
  return Object.assign(noted, { port, wire, url })
}

/** A request whose body arrives later. */
const headOf = (headers: readonly string[], path = '/') =>
  [`POST ${path} HTTP/1.1`, 'Host: a', 'Content-Type: text/xml', ...headers, '', ''].join('\r\n')

/** A request that is rejected before it has a context. */
const repeated = (...headers: readonly string[]) => headOf(['Host: a', ...headers])
const NEXT = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

t.test('gatewayListener() finds a handler by method and path', async t => {
  const { url } = await open(t)
  for (const [method, path, status, mark] of [
    ['POST', EWS, 500, 'Content-Type must be text/xml'],
    ['POST', EWS.toUpperCase(), 500, 'Content-Type must be text/xml'],
    ['GET', EWS, 200, '<!DOCTYPE html>'],
    ['HEAD', EWS, 200, ''],
    ['PUT', EWS, 404, 'Not found\n'],
    ['GET', `${EWS}?a`, 404, 'Not found\n'],
    ['POST', '/oauth2/token', 400, '"error":"invalid_request"'],
    ['GET', '/oauth2/token', 404, 'Not found\n'],
    ['GET', '/EWS/Services.wsdl', 404, 'The upstream has no such file\n'],
    ['POST', '/EWS/Services.wsdl', 404, 'Not found\n'],
    ['POST', '/autodiscover/autodiscover.xml', 200, '<ErrorCode>600</ErrorCode>'],
    ['POST', '/autodiscover/autodiscover.svc', 200, 'InvalidRequest'],
    ['GET', '/autodiscover/autodiscover.json', 400, 'InvalidRequest'],
    ['GET', '/', 404, 'Not found\n'],
    ['HEAD', '/', 404, ''],
  ] as const) {
    const response = await fetch(url + path, { method })
    const text = await response.text()
    t.equal(response.status, status, `${method} ${path}`)
    t.ok(mark === '' ? text === '' : text.includes(mark), `${method} ${path}: ${text}`)
  }
})

t.test('gatewayListener() says why it rejects the headers of a request', async t => {
  const { wire } = await open(t, { trustedPeers: ['127.0.0.1/32'] })
  for (const [headers, status, text] of [
    [['X-Forwarded-For: 192.0.2.1'], 404, 'Not found\n'],
    [['X-Other: host', 'x-other: content-type'], 404, 'Not found\n'],
    [['X-Forwarded-For: a'], 400, 'X-Forwarded-* is malformed\n'],
    [['Host: a'], 400, 'A header appears more than once\n'],
    [['Host: a', 'X-Forwarded-For: a'], 400, 'X-Forwarded-* is malformed\n'],
  ] as const) {
    const one = wire()
    await one.send(headOf([...headers, 'Content-Length: 0']))
    t.equal((await one.answer()).status, status)
    await until(text, () => one.text.includes(text))
  }
})

t.test(
  'gatewayListener() discards a body behind a rejection up to the limit of a body',
  async t => {
    const chunked = 'Transfer-Encoding: chunked'
    for (const [what, head, body, isKept] of [
      ['the longest', repeated('Content-Length: 2000'), 'x'.repeat(2_000), true],
      ['longer', repeated('Content-Length: 2001'), '', false],
      ['longer, in chunks', repeated(chunked), `7d1\r\n${'x'.repeat(2_001)}\r\n`, false],
      ['another path', headOf(['Content-Length: 2001']), '', false],
    ] as const) {
      const { wire, closed } = await open(t)
      const one = wire()
      await one.send(head)
      await one.answer()
      await one.send(body + (isKept ? NEXT : ''))
      if (isKept) t.equal((await one.answers(2)).length, 2, what)
      else await one.gone()
      t.strictSame(closed, isKept ? [] : ['body-after-answer'], what)
    }
  },
)

t.test('gatewayListener() counts the connections behind a rejection by address', async t => {
  const { wire, closed } = await open(t)
  const wires = Array.from({ length: 16 }, () => wire())
  for (const one of [...wires, wire('127.0.0.2')]) {
    await one.send(repeated('Content-Length: 1'))
    await one.answer()
  }
  t.strictSame(closed, [])
  await wire().send(repeated('Content-Length: 1'))
  await until('it is closed', () => closed.length > 0)
})

t.test('gatewayListener() limits the requests of principals and of roles', async t => {
  for (const limit of ['principal', 'role']) {
    const server = await open(t, { limits: { requestsPerMinute: { [limit]: 1, burst: 1 } } })
    const post = async () => {
      const headers = { 'Content-Type': 'text/xml' }
      const body = envelope(ANN, GET_FOLDER)
      return (await fetch(server.url + EWS, { method: 'POST', headers, body })).text()
    }
    t.equal(await post(), '', limit)
    t.equal(codeOf(await post()), 'ErrorServerBusy', limit)
    t.strictSame([server.throttled, server.sent], [[limit], 1])
  }
})

t.test('gatewayListener() reevaluates an upload when the policy changes', async t => {
  const server = await open(t, { limits: { bodyBytes: 300_000 }, answers: false })
  const upload = server.wire()
  const body = envelope(ANN, createItem('x', 'x'.repeat(280_000)))
  await upload.send(headOf([`Content-Length: ${body.length}`], EWS) + body.slice(0, 9_000))
  await until('it is forwarded', () => server.sent === 1)
  t.strictSame(server.logged, [])
  server.change(ORGANIZATION.id)
  await until('it is logged', () => server.logged.length > 0)
  t.strictSame(server.logged[0], [{ err: BUG }, 'Unhandled error'])
})

t.test('gatewayListener() traces a request until its end', async t => {
  const traced: unknown[] = []
  const until = async (answered: Promise<void>) => {
    await answered
    traced.push('answered')
  }
  for (const isTraced of [false, true]) {
    const { url } = await open(t, { traces: { begin: () => (isTraced ? { until } : undefined) } })
    t.equal((await fetch(url)).status, 404)
    t.strictSame(traced, isTraced ? ['answered'] : [])
  }
})

t.test('gatewayListener() names its setting, and waits for slow clients', async t => {
  const { port, url } = await open(t)
  await t.rejects(open(t, { port }), { message: /listen\.data / })
  const times: unknown[] = []
  const note = (message: unknown) => {
    const { server } = message as { server: Server }
    times.push([server.requestTimeout, server.keepAliveTimeout, server.headersTimeout])
  }
  diagnostics.subscribe('http.server.request.start', note)
  await fetch(url)
  diagnostics.unsubscribe('http.server.request.start', note)
  t.strictSame(times[0], [1_800_000, 120_000, 60_000])
})
