import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { CLOSED_ENVELOPE } from '../../src/ews/stream-end.ts'
import { codeOf, createItem, END, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import { type GatewayTestServer, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { startServing } from '../kit/serving.ts'
import { until, Wire } from '../kit/wire.ts'
import { CHUNKED_HEAD, chunk, record, OK as UPSTREAM_OK } from '../upstream/recorder.ts'
import { headOf, metricOf, rawRequest, tracesOf } from './traces.ts'

const MIB = 1_048_576
const READ = envelope('alice@example.com', GET_FOLDER)
const STREAM = envelope(
  'alice@example.com',
  '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>abc</t:SubscriptionId>' +
    '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
)
const HEARTBEAT = '<Envelope><Body><m:ConnectionStatus>OK</m:ConnectionStatus></Body></Envelope>'
const END_OF_CHUNKS = '0\r\n\r\n'

/** The chunks of a chunked answer, as far as they have come. */
function chunksOf(text: string): string[] {
  const chunks: string[] = []
  for (let rest = text.slice(text.indexOf('\r\n\r\n') + 4); ; ) {
    const [, size] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? []
    if (size === undefined) return chunks
    const start = size.length + 2
    const end = start + Number.parseInt(size, 16)
    if (rest.length < end + 2) return chunks
    chunks.push(rest.slice(start, end))
    rest = rest.slice(end + 2)
  }
}

/** A stream that is open at both ends. */
async function openStream(testServer: GatewayTestServer, sockets: ReadonlySet<Socket>) {
  await testServer.ownSubscription('abc')
  const known = new Set(sockets)
  const client = new Wire(testServer.socket())
  await client.send(rawRequest(testServer, STREAM))
  await until('the head', () => client.text.includes('\r\n\r\n'))
  const [upstream] = [...sockets].filter(socket => !known.has(socket))
  if (upstream === undefined) throw new TypeError('The upstream has no new connection')
  return { client, upstream }
}

t.test('P9 Answer forwards a stream chunk by chunk', async t => {
  const upstream = await record(t, socket => socket.write(CHUNKED_HEAD))
  const testServer = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  const open = () => openStream(testServer, upstream.sockets)

  await t.test('as each of them arrives', async t => {
    const stream = await open()
    t.match(stream.client.text, /^HTTP\/1.1 200 OK\r\n/, 'the head waits for nothing')
    t.match(upstream.requests.at(-1)?.head, /^accept-encoding: identity\r$/im)
    t.equal(await metricOf(testServer, 'ews_gateway_streams_open'), 1)
    const sent: string[] = []
    for (const content of [HEARTBEAT, 'x', '<a>', '</a>', 'é'.repeat(20_000), HEARTBEAT]) {
      stream.upstream.write(chunk(content))
      sent.push(Buffer.from(content).toString('latin1'))
      await until('it is here', () => chunksOf(stream.client.text).join('') === sent.join(''))
    }
    const chunks = chunksOf(stream.client.text)
    t.strictSame(chunks.slice(0, 4), sent.slice(0, 4), 'the same boundaries')
    t.equal(chunks.at(-1), HEARTBEAT)

    const together = [HEARTBEAT, '<b/>', HEARTBEAT]
    stream.upstream.write(together.map(chunk).join(''))
    sent.push(...together)
    await until('they are here', () => chunksOf(stream.client.text).join('') === sent.join(''))
    t.strictSame(chunksOf(stream.client.text).slice(-3), together, 'never joined')

    const { outcome } = await tracesOf(testServer, async () => {
      stream.upstream.write(END_OF_CHUNKS)
      await until('the end', () => stream.client.text.endsWith(END_OF_CHUNKS))
    })
    t.match(outcome, { status: 200, ended: 'complete' })
    t.equal(await metricOf(testServer, 'ews_gateway_streams_open'), 0)
    await stream.client.send(rawRequest(testServer, STREAM))
    await until('the connection lives on', () => stream.client.text.split('HTTP/1.1').length === 3)
    stream.client.socket.destroy()
    await upstream.quiet()
  })

  await t.test('and cancels the upstream request when the client disconnects', async t => {
    const stream = await open()
    stream.upstream.write(chunk(HEARTBEAT))
    await until('it is here', () => stream.client.text.includes(HEARTBEAT))
    const { outcome } = await tracesOf(testServer, async () => {
      stream.client.socket.resetAndDestroy()
      await upstream.quiet()
    })
    t.match(outcome, { status: 200, ended: 'client-gone' })
  })

  await t.test('and truncates when the upstream disconnects', async t => {
    const stream = await open()
    stream.upstream.write(chunk(HEARTBEAT))
    await until('it is here', () => stream.client.text.includes(HEARTBEAT))
    const { outcome } = await tracesOf(testServer, async () => {
      stream.upstream.destroy()
      await stream.client.gone()
    })
    t.notMatch(stream.client.text, END_OF_CHUNKS, 'a broken stream looks broken')
    t.match(outcome, { status: 200, ended: 'cut' })
  })

  await t.test('and slows the upstream down when the client is slow', async t => {
    const stream = await open()
    stream.client.socket.pause()
    const block = chunk('x'.repeat(65_536))
    let written = 0
    while (written < 512 && stream.upstream.write(block)) written++
    let stalled = 0
    for (let turns = 0; turns < 300 && written < 512; turns++) {
      await new Promise(resolve => setImmediate(resolve))
      if (stream.upstream.writableNeedDrain) stalled++
      else if (stream.upstream.write(block)) written++
    }
    t.ok(stalled > 100, 'it stands still')
    t.ok(written < 512, `${written} of 512 blocks were accepted`)
    t.ok(stream.client.text.length < MIB)

    stream.client.socket.resume()
    stream.upstream.write(END_OF_CHUNKS)
    await until('all has come', () => stream.client.text.endsWith(END_OF_CHUNKS))
    stream.client.socket.destroy()
  })
})

const LARGE = 64 * MIB
/** More than the sockets between client and upstream hold in the kernel. */
const IN_SOCKETS = 32 * MIB
const CHUNK = Buffer.alloc(MIB / 4, 'x')

/** An upstream that reads a body on command, and answers with a large one. */
async function startLarge(t: Test) {
  const state = { received: 0, sent: 0 }
  const { promise: reading, resolve: read } = Promise.withResolvers<void>()
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    // The gateway asks for the path when it starts.
    if (request.headers.authorization === undefined) return response.writeHead(401).end()
    await reading
    for await (const chunk of request) state.received += chunk.length
    response.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8' })
    for (; state.sent < LARGE; state.sent += CHUNK.length)
      if (!response.write(CHUNK)) await once(response, 'drain')
    return response.end('<a/>')
  }
  const server = createServer((request, response) => void answer(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { state, read, url: `http://127.0.0.1:${port}/EWS/Exchange.asmx` }
}

/** Waits until a number has begun to grow and does no more in many turns of the event loop. */
async function settled(number: () => number): Promise<number> {
  await until('it grows', () => number() > 0)
  for (let turns = 0, last = 0; turns < 300; turns++) {
    if (number() !== last) turns = 0
    last = number()
    await new Promise(resolve => setImmediate(resolve))
  }
  return number()
}

t.test('P9 a body of 64 MiB streams', async t => {
  const upstream = await startLarge(t)
  const testServer = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  const socket = testServer.socket().pause()

  await t.test('up, as fast as the upstream reads', async t => {
    const [start, end] = createItem('Large', '|').split('|').map(String)
    const beginning = prologue('alice@example.com') + start
    const ending = end + END
    socket.write(headOf(testServer, [`Content-Length: ${LARGE}`]) + beginning)
    let sent = 0
    const send = async () => {
      let left = LARGE - beginning.length - ending.length
      for (; left > 0; left -= CHUNK.length) {
        const chunk = CHUNK.subarray(0, left)
        if (!socket.write(chunk)) await once(socket, 'drain')
        sent += chunk.length
      }
      socket.write(ending)
    }
    const all = send()
    const held = await settled(() => sent)
    t.ok(held < IN_SOCKETS, `${held} bytes were taken`)
    upstream.read()
    await all
    await until('the end', () => upstream.state.received > LARGE)
  })

  await t.test('down, as fast as the client reads', async t => {
    const held = await settled(() => upstream.state.sent)
    t.ok(held < IN_SOCKETS, `${held} bytes were taken`)
    let received = 0
    let tail = ''
    for await (const chunk of socket) {
      received += chunk.length
      tail = (tail + chunk.subarray(-16).toString('latin1')).slice(-16)
      if (tail.endsWith(END_OF_CHUNKS)) break
    }
    t.ok(received > LARGE)
  })
})

t.test('ews-gateway serve finishes requests in flight at SIGTERM', async t => {
  const held: Socket[] = []
  const upstream = await record(t, (socket, number) => {
    if (upstream.requests[number]?.body.includes('GetStreamingEvents')) socket.write(CHUNKED_HEAD)
    else held.push(socket)
  })
  const { server: testServer, command } = await startServing(t, {
    upstreamUrl: upstream.url,
    config: { timeouts: { drainSeconds: 3_600 } },
  })
  await testServer.ownSubscription('abc')
  const ready = async () => {
    const { status } = await fetch(`http://127.0.0.1:${testServer.gateway.opsPort}/readyz`)
    return status
  }
  t.equal(await ready(), 200)
  const silent = new Wire(testServer.socket())
  const idle = new Wire(testServer.socket())
  await idle.send('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n')
  await idle.answer()
  const atBoundary = await openStream(testServer, upstream.sockets)
  atBoundary.upstream.write(chunk(HEARTBEAT))
  const within = await openStream(testServer, upstream.sockets)
  within.upstream.write(chunk(HEARTBEAT.slice(0, 20)))
  const fresh = await openStream(testServer, upstream.sockets)
  const inFlight = new Wire(testServer.socket())
  await inFlight.send(rawRequest(testServer, READ))
  await until('all are in flight', () => held.length === 1)
  await until('both have come', () => [atBoundary, within].every(s => s.client.text.includes('<E')))

  command.child.kill('SIGTERM')
  await command.printed(/Shutting down/)
  t.equal(await ready(), 503, 'is not ready any more, but alive')
  for (const again of ['SIGTERM', 'SIGINT'] as const) command.child.kill(again)
  t.equal((await fetch(`http://127.0.0.1:${testServer.gateway.opsPort}/livez`)).status, 200)
  const [late] = await once(connect(testServer.gateway.dataPort, '127.0.0.1'), 'error')
  t.equal(late.code, 'ECONNREFUSED', 'new connections are refused')
  await idle.gone()

  for (const [{ client }, chunks] of [
    [atBoundary, [HEARTBEAT, CLOSED_ENVELOPE]],
    [fresh, [CLOSED_ENVELOPE]],
  ] as const) {
    await until('it ends', () => client.text.endsWith(END_OF_CHUNKS))
    t.strictSame(chunksOf(client.text).filter(Boolean), chunks)
  }
  t.notMatch(within.client.text, CLOSED_ENVELOPE, 'an envelope is finished first')
  within.upstream.write(chunk(HEARTBEAT.slice(20)))
  await until('it ends', () => within.client.text.endsWith(END_OF_CHUNKS))
  t.match(chunksOf(within.client.text).join(''), HEARTBEAT + CLOSED_ENVELOPE)

  for (const socket of held) socket.write(UPSTREAM_OK)
  const [answer] = await inFlight.answers(1)
  t.match(answer, { status: 200 }, 'a request in flight is answered')
  t.equal(await command.ended, 0, 'waits for nothing else')
  await silent.gone()
  const outcomes = testServer.audit().filter(({ type }) => type === 'outcome')
  t.strictSame(
    outcomes.map(({ ended }) => ended),
    ['complete', 'complete', 'complete', 'complete'],
  )
})

t.test('ews-gateway serve waits for requests no longer than drainSeconds', async t => {
  const upstream = await record(t, () => undefined)
  const { server: testServer, command } = await startServing(t, {
    upstreamUrl: upstream.url,
    config: { timeouts: { drainSeconds: 1 } },
  })
  await testServer.ownSubscription('abc')
  const wires = [rawRequest(testServer, READ), rawRequest(testServer, READ).slice(0, -9)].map(
    bytes => {
      const wire = new Wire(testServer.socket())
      wire.socket.write(bytes)
      return wire
    },
  )
  await until('one is in flight', () => upstream.requests.length === 1)
  t.equal(await command.kill('SIGTERM'), 0)
  await Promise.all(wires.map(wire => wire.gone()))
  t.equal(testServer.audit().filter(({ type }) => type === 'outcome').length, 2)
  t.equal(codeOf(wires.map(({ text }) => text).join('')), undefined)
})
