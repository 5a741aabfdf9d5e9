/**
 * Traces of a running gateway, as a collector receives them.
 */

import t, { type Test } from 'tap'
import type { ConfigInput } from '../../src/config/schema.ts'
import { rawRequest } from '../gateway/traces.ts'
import { startCollector } from '../kit/collector.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type Answered,
  basic,
  type GatewayTestServerOptions,
  ORGANIZATION,
  type PostOptions,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { freePort } from '../kit/services/process.ts'
import { until } from '../kit/until.ts'
import { Wire } from '../kit/wire.ts'
import { CHUNKED_HEAD, chunk, record } from '../upstream/recorder.ts'

/** In nanoseconds. */
const MILLISECOND = 1_000_000n
const READ = envelope('alice@example.com', GET_FOLDER)
const STREAM = envelope(
  'alice@example.com',
  '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>abc</t:SubscriptionId>' +
    '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
)
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`

const idOf = ({ headers }: Answered) => headers['x-decision-id']

/** Starts a gateway with a collector, whose spans are complete when the gateway is closed. */
async function startTraced(
  t: Test,
  {
    config,
    traces,
    ...options
  }: GatewayTestServerOptions & { traces?: Partial<ConfigInput['traces']> } = {},
) {
  const collector = await startCollector(t)
  const server = await startGatewayTestServer(t, {
    ...options,
    config: { ...config, traces: { url: collector.url, ...traces } },
  })
  return { ...collector, server }
}

t.test('traces show what happened to a request', async t => {
  const { server, spans, traceOf } = await startTraced(t)
  const { id } = server.keys.full
  const send = (body: string, options?: PostOptions) => server.post(body, options)
  const allowed = await send(READ)
  const denied = await send(envelope('ceo@example.com', GET_FOLDER))
  const wrong = await send(READ, { auth: basic({ id, secret: 'w'.repeat(43) }) })
  const malformed = await send(READ.replace('</s:Envelope>', ''))
  const autodiscover = await send('', {
    method: 'GET',
    path: '/autodiscover/autodiscover.json/v1.0/alice@example.com?Protocol=EWS',
  })
  const token = await send('grant_type=client_credentials', {
    path: '/oauth2/token',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  })
  const unknown = await send('', { method: 'GET', path: '/alice@example.com' })
  const { url } = server.sandbox
  await server.close()
  const { role } = server.client('migration-full')
  const namesOf = (answered: Answered) => traceOf(idOf(answered)).steps.map(({ name }) => name)

  await t.test('an allowed one', async t => {
    const { request, steps } = traceOf(idOf(allowed))
    t.match(request, {
      name: 'POST /ews/exchange.asmx',
      kind: 'SPAN_KIND_SERVER',
      parentSpanId: '',
      isError: false,
      resource: { 'service.name': 'ews-gateway', 'telemetry.sdk.language': 'nodejs' },
    })
    t.strictSame(request.attributes, {
      'http.request.method': 'POST',
      'http.route': '/ews/exchange.asmx',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'ews.decision_id': idOf(allowed),
      'ews.organization_id': ORGANIZATION,
      'ews.operation': 'GetFolder',
      'ews.role_id': role.id,
      'ews.verdict': 'allow',
      'ews.outcome': 'ANSWERED',
    })
    const [authenticate, decide, upstream] = steps
    t.strictSame(namesOf(allowed), ['authenticate', 'decide', 'upstream'])
    t.strictSame(authenticate?.attributes, {
      'ews.authentication': 'authenticated',
      'ews.scheme': 'Basic',
    })
    t.match(decide?.attributes, { 'ews.verdict': 'allow', 'ews.role_id': role.id })
    t.match(upstream, {
      kind: 'SPAN_KIND_CLIENT',
      isError: false,
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'url.full': url,
        'ews.response_code': 'NoError',
      },
    })
    for (const { start, end, traceId } of steps) {
      t.equal(traceId, request.traceId)
      // The SDK rounds the start of a span down to a millisecond, but not its duration.
      t.ok(request.start <= start && start <= end && end < request.end + MILLISECOND)
    }
  })

  await t.test('a denial, which is no error', async t => {
    const { request, steps } = traceOf(idOf(denied))
    t.match(request, {
      isError: false,
      attributes: {
        'http.response.status_code': 500,
        'ews.verdict': 'deny',
        'ews.reason': 'rule-denies',
        'ews.outcome': 'DENIED',
      },
    })
    t.strictSame(namesOf(denied), ['authenticate', 'decide'])
    t.match(steps[1]?.attributes, { 'ews.verdict': 'deny', 'ews.reason': 'rule-denies' })
  })

  await t.test('a wrong password', async t => {
    const { request, steps } = traceOf(idOf(wrong))
    t.match(request, { isError: false, attributes: { 'http.response.status_code': 401 } })
    t.strictSame(
      steps.map(({ attributes }) => attributes),
      [{ 'ews.authentication': 'wrong' }],
    )
  })

  await t.test('a malformed one', async t => {
    t.match(traceOf(idOf(malformed)).request, {
      isError: false,
      attributes: { 'ews.reason': 'envelope-malformed', 'ews.outcome': 'DENIED' },
    })
  })

  await t.test('other paths', async t => {
    t.match(traceOf(idOf(autodiscover)).request, {
      name: 'GET /autodiscover/autodiscover.json',
      attributes: { 'ews.operation': 'AutoDiscover', 'ews.outcome': 'ANSWERED' },
    })
    t.strictSame(namesOf(autodiscover), ['authenticate', 'decide'])
    t.match(traceOf(idOf(token)).request, {
      name: 'POST /oauth2/token',
      attributes: { 'http.response.status_code': 200 },
    })
    t.strictSame(namesOf(token), ['authenticate', 'decide'])
    t.match(traceOf(idOf(unknown)).request, { name: 'GET' })
  })

  const all = JSON.stringify(spans, (_, value) => (typeof value === 'bigint' ? '' : value))
  t.notMatch(all, /alice|ceo|@|migration-full/, 'no span names a user')
  t.notOk(all.includes(id), 'or a key')
})

t.test('traces show that the upstream failed', async t => {
  const { server, traceOf } = await startTraced(t, {
    upstreamUrl: `http://127.0.0.1:${await freePort()}/EWS/Exchange.asmx`,
  })
  const failed = await server.post(READ)
  await server.close()
  const { request, steps } = traceOf(idOf(failed))
  t.match(request, {
    isError: true,
    attributes: { 'error.type': 'refused', 'ews.outcome': 'FAILED', 'ews.cause': 'refused' },
  })
  t.match(steps.at(-1), {
    name: 'upstream',
    isError: true,
    attributes: { 'error.type': 'refused' },
  })
  t.notOk(Object.hasOwn(steps.at(-1)?.attributes ?? {}, 'http.response.status_code'))
})

t.test('the span of a stream ends with the stream, and decisions on it have none', async t => {
  const upstream = await record(t, (socket, number) =>
    socket.write(number === 0 ? CHUNKED_HEAD : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  )
  const { server, spans, traceOf } = await startTraced(t, { upstreamUrl: upstream.url })
  await server.ownSubscription('abc')
  const client = new Wire(server.socket())
  await client.send(rawRequest(server, STREAM))
  await until('the head', () => client.text.includes('\r\n\r\n'))
  const [, streamId] = /^x-decision-id: (\S+)/im.exec(client.text) ?? []
  const other = await server.post(envelope('ceo@example.com', GET_FOLDER))
  // Reevaluates the stream.
  await server.changeRole('migration-full', { description: 'changed' })
  for (const socket of upstream.sockets) socket.write(`${chunk('<a/>')}0\r\n\r\n`)
  await until('the end', () => client.text.endsWith('0\r\n\r\n'))
  await server.close()
  const stream = traceOf(streamId)
  const { request } = traceOf(idOf(other))
  t.ok(stream.request.start < request.start && request.end < stream.request.end)
  t.match(stream.request.attributes, { 'ews.operation': 'GetStreamingEvents' })
  t.strictSame(
    stream.steps.map(({ name }) => name),
    ['authenticate', 'decide', 'upstream'],
  )
  t.ok(request.end < (stream.steps[2]?.end ?? 0n))
  t.equal(spans.length, 4 + 3)
  t.notMatch(upstream.requests.map(({ head }) => head).join(), /traceparent|tracestate/i)
})

t.test('traceparent', async t => {
  const sendAll = async (t: Test, config: Partial<ConfigInput>, ratio = 1) => {
    const upstream = await record(t)
    const traced = await startTraced(t, { config, upstreamUrl: upstream.url, traces: { ratio } })
    const send = (traceparent: string | readonly string[]) =>
      traced.server.post(READ, { headers: { traceparent, tracestate: 'vendor=1' } })
    const good = idOf(await send(TRACEPARENT))
    const bad: unknown[] = []
    for (const traceparent of [
      `00-${TRACE}-${PARENT}`,
      `00-${'0'.repeat(32)}-${PARENT}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `ff-${TRACE}-${PARENT}-01`,
      `00-${TRACE.toUpperCase()}-${PARENT}-01`,
      `00-${TRACE}-${PARENT}-01-more`,
      [TRACEPARENT, TRACEPARENT],
    ])
      bad.push(idOf(await send(traceparent)))
    const unsampled = idOf(await send(`00-${TRACE}-${PARENT}-00`))
    await traced.server.close()
    const heads = upstream.requests.map(({ head }) => head).join()
    t.notMatch(heads, /traceparent|tracestate/i, 'does not reach the upstream')
    return { ...traced, good, bad, unsampled }
  }

  await t.test('of a trusted peer is continued, unless it is malformed', async t => {
    const trusted = { trustedProxies: ['127.0.0.1'] }
    const { good, bad, unsampled, traceOf, spans } = await sendAll(t, trusted)
    t.match(traceOf(good).request, {
      traceId: TRACE,
      parentSpanId: PARENT,
      traceState: 'vendor=1',
    })
    for (const id of bad) {
      const { request } = traceOf(id)
      t.match(request, { parentSpanId: '', traceState: '' })
      t.not(request.traceId, TRACE)
    }
    t.throws(() => traceOf(unsampled), 'a trace that is not sampled is not exported')
    t.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1 + bad.length)
  })

  await t.test('of a trusted peer decides whatever the ratio is', async t => {
    const { spans } = await sendAll(t, { trustedProxies: ['127.0.0.1'] }, 0)
    t.strictSame([...new Set(spans.map(({ traceId }) => traceId))], [TRACE])
  })

  await t.test('of any other client is ignored', async t => {
    const { good, unsampled, traceOf, spans } = await sendAll(t, { trustedProxies: ['10.0.0.1'] })
    t.match(traceOf(good).request, { parentSpanId: '', traceState: '' })
    t.match(traceOf(unsampled).request, { parentSpanId: '' })
    t.notOk(spans.some(({ traceId }) => traceId === TRACE))
  })
})

t.test('requests do not need the collector', async t => {
  const server = await startGatewayTestServer(t, {
    config: { traces: { url: `http://127.0.0.1:${await freePort()}/v1/traces` } },
  })
  // More than a batch, which doesn't wait for a timer.
  for (let i = 0; i < 130; i++) t.equal((await server.post(READ)).status, 200)
  await until('a batch is dropped', async () =>
    /^ews_gateway_trace_spans_dropped_total\{kind="not-exported"\} [1-9]/m.test(
      await server.metrics(),
    ),
  )
})
