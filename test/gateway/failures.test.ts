import t from 'tap'
import {
  codeOf,
  createItem,
  decisionIn,
  END,
  envelope,
  GET_FOLDER,
  prologue,
} from '../kit/corpus.ts'
import { diskBelow } from '../kit/full-disk.ts'
import {
  basic,
  FULL,
  ORGANIZATION,
  type PostOptions,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { skippableTime } from '../kit/skip-time.ts'
import { skipUpstreamTime } from '../kit/upstream-time.ts'
import { until, Wire } from '../kit/wire.ts'
import {
  answerOf,
  CHUNKED_HEAD,
  chunk,
  record,
  OK as UPSTREAM_OK,
  XML,
} from '../upstream/recorder.ts'
import { backOffOf, headOf, metricOf, rawRequest, tracesOf, unsettled } from './traces.ts'

const HOUR_MS = 3_600_000
const READ = envelope('alice@example.com', GET_FOLDER)
const WRITE = envelope('alice@example.com', createItem('Hello'))
const MIB = 1_048_576

const streaming = (timeout = 30) =>
  '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>abc</t:SubscriptionId>' +
  `</m:SubscriptionIds><m:ConnectionTimeout>${timeout}</m:ConnectionTimeout></m:GetStreamingEvents>`

/** A body whose first part is forwarded before it is complete. */
const large = (bytes: number) => {
  const text = prologue('alice@example.com') + createItem('Large', 'x'.repeat(bytes)) + END
  return { text, half: text.slice(0, text.length / 2) }
}

const chunkOf = (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`

t.test('handle() rejects requests that are not EWS', async t => {
  const server = await startGatewayTestServer(t)
  const unauthenticated = (kind: string) =>
    metricOf(server, `ews_gateway_unauthenticated_total{kind="${kind}"}`)

  await t.test('without good credentials: 401', async t => {
    const { id } = server.keys.full
    const wrong = { auth: { id, secret: 'w'.repeat(43) } }
    for (const [what, options, kind, records] of [
      ['no header', { auth: null }, 'missing', 0],
      ['a wrong password', wrong, 'wrong', 1],
      ['the same again within a minute', wrong, 'wrong', 0],
      ['no key id of ours', { auth: { id: 'alice', secret: 'x' } }, 'wrong', 1],
      ['another scheme', { auth: 'NTLM TlRMTVNTUAABAAAA' }, 'wrong', 0],
      ['no credentials for GET', { auth: null, method: 'GET' }, 'missing', 0],
    ] satisfies [string, PostOptions, string, number][]) {
      const [known, count] = [server.audit().length, await unauthenticated(kind)]
      const answer = await server.post(options.auth === null ? '' : READ, options)
      t.equal(answer.status, 401, what)
      t.equal(answer.text, '')
      t.match(answer.headers['www-authenticate'], /^Basic realm=.*, Bearer/)
      t.equal(await unauthenticated(kind), count + 1, 'is counted')
      const added = server.audit().slice(known)
      t.equal(added.length, records, 'R31 is recorded once per address, key and minute')
      if (records > 0)
        t.match(added, [{ verdict: 'deny', reason: 'credentials-refused', count: 1 }])
    }
  })

  await t.test('another path or method: 404', async t => {
    const known = server.audit().length
    for (const options of [
      { path: '/' },
      { path: '/EWS/Exchange.asmx?x' },
      { path: '/EWS/Exchange.asmx/' },
      { path: '/ews/../EWS/Exchange.asmx' },
      { path: '/EWS%2FExchange.asmx' },
      { path: '/EWS/Services.wsdl', method: 'POST' },
      ...['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'].map(method => ({ method })),
    ])
      t.equal((await server.post(READ, options)).status, 404, JSON.stringify(options))
    t.equal(server.audit().length, known)
    t.equal((await server.post('', { method: 'GET' })).status, 200, 'GET with credentials: a page')
    t.equal((await server.post('', { method: 'HEAD' })).text, '')
  })

  await t.test('not an envelope: a fault, a record, a sample', async t => {
    for (const [what, body, options, reason, code] of [
      ['an empty body', '', {}, 'envelope-malformed', 'ErrorSchemaValidation'],
      ['a body of white space', ' \n', {}, 'envelope-malformed', 'ErrorSchemaValidation'],
      [
        'a compressed body',
        READ,
        { headers: { 'Content-Encoding': 'gzip' } },
        'encoding-refused',
        'ErrorSchemaValidation',
      ],
      [
        'another Content-Type',
        READ,
        { headers: { 'Content-Type': 'application/soap+xml' } },
        'encoding-refused',
        'ErrorSchemaValidation',
      ],
    ] satisfies [string, string, PostOptions, string, string][]) {
      const { result, decisions, outcome, counted } = await tracesOf(server, () =>
        server.post(body, options),
      )
      t.match(result, { status: 500, headers: { 'content-type': 'text/xml; charset=utf-8' } }, what)
      t.equal(codeOf(result.text), code)
      t.equal(decisionIn(result.text), outcome.decisionId, 'P7 the fault has the decision id')
      t.match(decisions, [{ verdict: 'error', reason }])
      t.equal(decisions.length, 1)
      const denied = { ended: 'fault', outcome: 'DENIED', cause: undefined }
      t.match(outcome, { status: 500, responseCode: code, ...denied })
      t.strictSame(counted, [`other error ${reason}`])
    }
  })

  await t.test('too large: a fault, then the connection is closed', async t => {
    const wire = new Wire(server.socket())
    const { result, decisions, outcome, counted } = await tracesOf(server, async () => {
      await wire.send(headOf(server, [`Content-Length: ${65 * MIB}`]) + READ)
      return wire.answer()
    })
    t.equal(codeOf(result.text), 'ErrorMessageSizeExceeded')
    t.match(decisions, [{ verdict: 'error', reason: 'body-too-large' }])
    t.match(outcome, { status: 500, ended: 'fault', outcome: 'FAILED', cause: 'too-large' })
    t.strictSame(counted, ['other error body-too-large'])
    await wire.gone()
  })
  t.strictSame(unsettled(server), [])
  t.equal(server.sandbox.seen.length, 0, 'P3 nothing of it reaches the upstream')
})

t.test('readWhole() gathers a chunked body up to a limit, and keeps the connection', async t => {
  const server = await startGatewayTestServer(t, { config: { limits: { gatheredBytes: 100_000 } } })
  const wire = new Wire(server.socket())
  const small = chunkOf(READ.slice(0, 99)) + chunkOf(READ.slice(99))
  const encodedChunk = chunkOf('x'.repeat(16_384))
  const start = chunkOf(`${prologue('alice@example.com')}<m:CreateItem>`)
  const { result, decisions, outcome } = await tracesOf(server, async () => {
    await wire.send(headOf(server, ['Transfer-Encoding: chunked']) + start + encodedChunk.repeat(9))
    return wire.answer()
  })
  t.equal(codeOf(result.text), 'ErrorMessageSizeExceeded')
  t.match(decisions, [{ verdict: 'error', reason: 'body-too-large' }])
  t.match(outcome, { status: 500, ended: 'fault', outcome: 'FAILED', cause: 'too-large' })

  await wire.send(
    `${encodedChunk}0\r\n\r\n${headOf(server, ['Transfer-Encoding: chunked'])}${small}`,
  )
  await wire.send('0\r\n\r\n')
  const [, second] = await wire.answers(2)
  t.equal(codeOf(second?.text ?? ''), 'NoError', 'R29 the next request on it is served')
  t.match(server.sandbox.executed, [{ operation: 'GetFolder', as: 'alice@example.com' }])
})

t.test('handle() converts failures of the upstream to its own faults', async t => {
  let behave: Parameters<typeof record>[1] = socket => socket.write(UPSTREAM_OK)
  const upstream = await record(t, (socket, number) => behave?.(socket, number))
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
  })
  const html = (status: string, ...headers: string[]) =>
    answerOf(status, ['Content-Type: text/html', ...headers], '<html><body>Log in</body></html>')
  const failed = (kind: string) =>
    metricOf(server, `ews_gateway_upstream_failures_total{kind="${kind}"}`)

  await t.test('a read that a broken connection lost is sent again', async t => {
    const first = upstream.requests.length
    behave = (socket, number) => {
      if (number === first) socket.destroy()
      else socket.write(UPSTREAM_OK)
    }
    const { result, decisions } = await tracesOf(server, () => server.post(READ))
    t.match(result, { status: 200, text: XML })
    t.equal(upstream.requests.length - first, 2)
    t.equal(decisions.length, 1)
  })

  await t.test('a truncated response is truncated for the client, too', async t => {
    let broken = await failed('closed')
    for (const [what, answer] of [
      ['closes in the middle', `${CHUNKED_HEAD}${chunk('<a>')}`],
      ['closes before its Content-Length', UPSTREAM_OK.slice(0, -1)],
    ] as const) {
      behave = socket => socket.end(answer)
      const { outcome, counted } = await tracesOf(server, () =>
        t.rejects(server.post(READ), { code: 'ECONNRESET' }, `an upstream that ${what}`),
      )
      t.match(outcome, { status: 200, ended: 'cut', outcome: 'ABORTED', cause: 'closed' })
      t.strictSame(counted, ['GetFolder allow none'])
      broken += 1
      t.equal(await failed('closed'), broken)
    }
  })

  await t.test('a stalled response is truncated', async t => {
    behave = socket => socket.write(`${CHUNKED_HEAD}${chunk('<a>')}`)
    const before = await failed('timeout')
    const { outcome, counted } = await tracesOf(server, async () => {
      const wire = new Wire(server.socket())
      await wire.send(rawRequest(server, READ))
      await until('the response begins', () => wire.text.includes('<a>'))
      skipUpstreamTime(HOUR_MS)
      await wire.gone()
      t.notMatch(wire.text, /\r\n0\r\n\r\n$/, 'the client sees that it is cut')
    })
    t.match(outcome, { status: 200, ended: 'cut', outcome: 'ABORTED', cause: 'timeout' })
    t.strictSame(counted, ['GetFolder allow none'])
    t.equal(await failed('timeout'), before + 1)
  })

  await t.test('R30 the gateway backs off after the upstream rejects its account', async t => {
    behave = socket => socket.write(html('401 Unauthorized', 'WWW-Authenticate: Negotiate'))
    const known = upstream.requests.length
    for (const attempt of ['the first', 'the second']) {
      const { result, decisions, outcome } = await tracesOf(server, () => server.post(WRITE))
      t.match(result, { status: 500, headers: { 'www-authenticate': undefined } }, attempt)
      t.equal(codeOf(result.text), 'ErrorServerBusy')
      t.equal(backOffOf(result.text), 2_000)
      t.match(decisions, [{ verdict: 'allow' }])
      t.match(outcome, { status: 500, outcome: 'FAILED', cause: 'unauthorized' })
    }
    t.equal(upstream.requests.length - known, 1, 'the second does not go upstream')
    t.equal(await failed('unauthorized'), 2)
  })
  t.strictSame(unsettled(server), [])
})

// The only output is the log line about the disk.
t.test('R31 a full disk under the audit', async t => {
  for (const [onFailure, code, backOff, executed] of [
    ['refuse', 'ErrorServerBusy', 1_000, 0],
    ['continue', 'NoError', undefined, 1],
  ] as const) {
    await t.test(`audit.onFailure: ${onFailure}`, async t => {
      const server = await startGatewayTestServer(t, { config: { audit: { onFailure } } })
      diskBelow(t, server.auditFolder).fill()
      const answer = await server.post(WRITE)
      t.equal(codeOf(answer.text), code)
      t.equal(backOffOf(answer.text), backOff)
      t.equal(server.sandbox.executed.length, executed)
      const denied = await server.post(envelope('ceo@example.com', GET_FOLDER))
      t.equal(codeOf(denied.text), executed ? 'ErrorImpersonateUserDenied' : 'ErrorServerBusy')
      const streamed = await server.post(large(400_000).text)
      t.equal(codeOf(streamed.text), code)
      t.equal(server.sandbox.executed.length, executed * 2)
      const label = executed ? 'verdict="allow",reason="none"' : 'reason="audit-unavailable"'
      t.match(await server.metrics(), label, 'is counted')
    })
  }
})

t.test('R31 failures that no record has counted are recorded at the end', async t => {
  const server = await startGatewayTestServer(t)
  const auth = { ...server.keys.full, secret: 'wrong' }
  for (let i = 0; i < 4; i++) t.equal((await server.post(READ, { auth })).status, 401)
  await server.close()
  const { key, principal } = server.client(FULL.name)
  const owner = { organizationId: ORGANIZATION, principalId: principal.id, accessKeyId: key.id }
  const wrong = { reason: 'credentials-refused', sourceAddress: '127.0.0.1', ...owner }
  t.match(server.audit(), [
    { ...wrong, count: 1 },
    { ...wrong, count: 3 },
  ])
})

t.test('R31 denied calls that no record has counted are recorded at the end', async t => {
  const server = await startGatewayTestServer(t)
  const { key, principal } = server.client(FULL.name)
  for (let i = 0; i < 4; i++) {
    const { status } = await fetch(`http://127.0.0.1:${server.gateway.controlPort}/`, {
      method: 'POST',
      headers: {
        Authorization: basic(key),
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'WorkMailService.ListUsers',
      },
      body: JSON.stringify({ OrganizationId: ORGANIZATION }),
    })
    t.equal(status, 403)
  }
  await server.close()
  const denied = { type: 'call', action: 'workmail:ListUsers', principalId: principal.id }
  t.match(server.audit(), [
    { ...denied, count: 1 },
    { ...denied, count: 3 },
  ])
})

t.test('R31 a gateway ends although it cannot record the failures', async t => {
  const server = await startGatewayTestServer(t)
  diskBelow(t, server.auditFolder).fill()
  const auth = { ...server.keys.full, secret: 'wrong' }
  for (let i = 0; i < 4; i++) await server.post(READ, { auth })
  await t.resolves(server.gateway.close())
})

t.test('P6 a failing store turns no denial into an ALLOW', async t => {
  const server = await startGatewayTestServer(t, {
    config: { propagation: { maxAgeSeconds: 300 } },
  })
  t.equal(codeOf((await server.post(READ)).text), 'NoError')
  await server.store.close()
  t.equal(codeOf((await server.post(READ)).text), 'NoError', 'what is known is fresh enough')
  skippableTime(t)(300_000)
  const executed = server.sandbox.executed.length
  const failedBefore = await metricOf(server, 'ews_gateway_fail_closed_total')
  const { result, decisions, outcome } = await tracesOf(server, () => server.post(READ))
  t.equal(codeOf(result.text), 'ErrorServerBusy')
  t.equal(backOffOf(result.text), 1_000)
  t.match(decisions, [{ verdict: 'error', reason: 'policy-unavailable' }])
  t.match(outcome, { status: 500, outcome: 'FAILED', cause: 'policy' })
  t.equal(await metricOf(server, 'ews_gateway_fail_closed_total'), failedBefore + 1)
  t.equal((await server.post('', { method: 'GET' })).status, 503)
  t.equal(server.sandbox.executed.length, executed)
})

t.test('handle() releases everything when the client disconnects', async t => {
  let answered = false
  const upstream = await record(t, socket => {
    if (answered) socket.write(`${CHUNKED_HEAD}${chunk('<a>')}`)
  })
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
  })
  const { text, half } = large(400_000)
  const stream = envelope('alice@example.com', streaming())
  await server.ownSubscription('abc')
  const received = (count: number) => () => upstream.requests.length > count

  await t.test('in the headers: there was no request', async t => {
    const known = server.audit().length
    const wire = new Wire(server.socket())
    await wire.send(headOf(server, ['Content-Length: 5']).slice(0, 99))
    wire.socket.destroy()
    await wire.gone()
    t.equal(server.audit().length, known)
  })

  for (const [what, sent, waits, answers, verdicts, outcome, counted] of [
    [
      'in a small body',
      rawRequest(server, READ).slice(0, -9),
      () => true,
      false,
      ['error'],
      { status: undefined },
      'GetFolder error client-gone',
    ],
    [
      'in a large body',
      headOf(server, [`Content-Length: ${text.length}`]) + half,
      () => upstream.partial() > 100_000,
      false,
      ['pending', 'error'],
      { status: undefined },
      'CreateItem error client-gone',
    ],
    [
      'before the answer',
      rawRequest(server, READ),
      received(0),
      false,
      ['allow'],
      { status: undefined },
      'GetFolder allow none',
    ],
    [
      'in the answer',
      rawRequest(server, READ),
      received(1),
      true,
      ['allow'],
      { status: 200 },
      'GetFolder allow none',
    ],
    [
      'in a stream',
      rawRequest(server, stream),
      received(2),
      true,
      ['allow'],
      { status: 200 },
      'GetStreamingEvents allow none',
    ],
  ] as const) {
    await t.test(what, async t => {
      answered = answers
      const traces = await tracesOf(server, async () => {
        const wire = new Wire(server.socket())
        await wire.send(sent)
        await until('it has come so far', waits)
        if (answers) await until('the answer begins', () => wire.text.includes('<a>'))
        wire.socket.destroy()
      })
      t.strictSame(
        traces.decisions.map(({ verdict }) => verdict),
        verdicts,
      )
      const aborted = { outcome: 'ABORTED', cause: 'client-gone' }
      t.match(traces.outcome, { ...outcome, ...aborted, ended: 'client-gone' })
      t.strictSame(traces.counted, [counted])
      await upstream.quiet()
      t.equal(upstream.sockets.size, 0, 'the request to the upstream is destroyed')
    })
  }

  t.equal(await metricOf(server, 'ews_gateway_streams_open'), 0)
  t.strictSame(unsettled(server), [])
})

t.test('handle() aborts a body that stalls', async t => {
  const server = await startGatewayTestServer(t, {
    config: { timeouts: { bodyIdleSeconds: 1, drainSeconds: 1 } },
  })
  const { outcome, decisions } = await tracesOf(server, async () => {
    const wire = new Wire(server.socket())
    await wire.send(rawRequest(server, READ).slice(0, -9))
    await wire.gone()
  })
  t.match(decisions, [{ verdict: 'error', reason: 'client-gone' }])
  t.match(outcome, { ended: 'client-gone' })
  t.strictSame(unsettled(server), [])
})
