/**
 * R33: the memory that clients of the data listener make the gateway hold.
 */

import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { codeOf, createItem, END, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import { type GatewayTestServer, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { Wire } from '../kit/wire.ts'
import { headOf, metricOf, tracesOf } from './traces.ts'

const MIB = 1_024 * 1_024
const ALICE = 'alice@example.com'
const READ = envelope(ALICE, GET_FOLDER)
const HELD = 'ews_gateway_held_bytes{listener="data"}'
const CLOSED = 'ews_gateway_connections_closed_total{kind="pipelined"}'

/** The smallest budget: 22 MiB for the data listener, half of it for one principal or address. */
const startSmall = (t: Test) =>
  startGatewayTestServer(t, { config: { limits: { memoryBytes: 32 * MIB } } })

const chunkOf = (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`
const CHUNKED = ['Transfer-Encoding: chunked']

/** A write whose body stops short of its end. */
const begun = (bytes: number) => {
  const start = prologue(ALICE) + createItem('x', '').split('</t:Body>')[0]
  return chunkOf(start + 'x'.repeat(bytes - start.length))
}

async function hold(server: GatewayTestServer, bytes: number): Promise<Wire> {
  const before = await metricOf(server, HELD)
  const wire = new Wire(server.socket())
  await wire.send(headOf(server, CHUNKED) + begun(bytes))
  let held = before
  while (held < before + 2 * bytes && !wire.closed && wire.text === '')
    held = await metricOf(server, HELD)
  return wire
}

const released = (server: GatewayTestServer) => async () => {
  while ((await metricOf(server, HELD)) > 0);
}

t.test('R33 a connection has at most 8 requests in progress', async t => {
  const server = await startSmall(t)
  const one = headOf(server, [`Content-Length: ${READ.length}`]) + READ
  const eight = new Wire(server.socket())
  await eight.send(one.repeat(8))
  const answers = await eight.answers(8)
  t.strictSame(
    answers.map(({ text }) => codeOf(text)),
    Array(8).fill('NoError'),
  )
  t.equal(await metricOf(server, CLOSED), 0)

  for (const [what, request] of [
    ['reads', one],
    ['pages that need no upstream', 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'requests without credentials',
      'POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
    ],
  ] as const) {
    const closed = await metricOf(server, CLOSED)
    const wire = new Wire(server.socket())
    await wire.send(request.repeat(300))
    await wire.gone()
    t.equal(await metricOf(server, CLOSED), closed + 1, what)
  }
  await released(server)()
})

t.test('R33 requests that hold too much memory get ErrorServerBusy', async t => {
  const server = await startSmall(t)
  const first = await hold(server, 3 * MIB)
  t.equal(first.text, '')
  const { result, decisions } = await tracesOf(server, async () =>
    (await hold(server, 4 * MIB)).answer(),
  )
  t.equal(codeOf(result.text), 'ErrorServerBusy')
  t.match(result.text, /BackOffMilliseconds">10000</)
  t.match(decisions, [{ verdict: 'error', reason: 'over-budget' }])

  const small = await server.post(READ)
  t.equal(codeOf(small.text), 'NoError', 'a request that fits is served concurrently')

  first.socket.destroy()
  await released(server)()
  const again = await hold(server, 4 * MIB)
  t.equal(again.text, '', 'what was held is free again')
  again.socket.destroy()
})

t.test('R33 a request that can never fit gets ErrorMessageSizeExceeded', async t => {
  const server = await startSmall(t)
  const wire = new Wire(server.socket())
  await wire.send(headOf(server, CHUNKED) + begun(7 * MIB))
  t.equal(codeOf((await wire.answer()).text), 'ErrorMessageSizeExceeded')
  wire.socket.destroy()

  const many = new Wire(server.socket())
  const start = prologue(ALICE) + createItem('x', '').split('</t:Body>')[0]
  await many.send(headOf(server, CHUNKED) + chunkOf(start) + chunkOf('x').repeat(150_000))
  t.equal(
    codeOf((await many.answer()).text),
    'ErrorMessageSizeExceeded',
    'a chunk counts as 64 bytes at least',
  )
  many.socket.destroy()
})

t.test('R33 over budget, a caller that is not authenticated loses its connection', async t => {
  const server = await startSmall(t)
  const wires: Wire[] = []
  for (const bytes of [5 * MIB, 400_000]) wires.push(await hold(server, bytes))
  while ((await metricOf(server, HELD)) < 11 * MIB - 60_000) wires.push(await hold(server, 20_000))
  const wire = new Wire(server.socket())
  await wire.send(headOf(server, [`Content-Length: ${200_000}`], '') + 'x'.repeat(60_000))
  await wire.gone()
  for (const { socket } of wires) socket.destroy()
  await released(server)()
})

t.test('R33 one principal holds at most its share, with any requests', async t => {
  const server = await startSmall(t)
  const wires: Wire[] = []
  for (const bytes of [5 * MIB, 400_000]) wires.push(await hold(server, bytes))
  while ((await metricOf(server, HELD)) < 11 * MIB - 60_000) wires.push(await hold(server, 20_000))
  const elsewhere = async (what: string, client: 'full' | 'readOnly') => {
    const { dataPort: port } = server.gateway
    const wire = new Wire(connect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' }))
    await wire.send(what.replace('\r\n', `\r\nAuthorization: ${server.authorization(client)}\r\n`))
    const { status } = await wire.answer()
    wire.socket.destroy()
    return status
  }
  const document = 'x'.repeat(70_000)
  for (const [what, request, usual] of [
    ['a schema file', 'GET /EWS/types.xsd HTTP/1.1\r\nHost: x\r\n\r\n', 200],
    [
      'an Autodiscover document',
      `POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ${document.length}\r\n\r\n${document}`,
      413,
    ],
  ] as const) {
    t.equal(await elsewhere(request, 'full'), 503, `${what} does not fit`)
    t.equal(await elsewhere(request, 'readOnly'), usual, `${what} is another principal's`)
  }
  for (const { socket } of wires) socket.destroy()
  await released(server)()
})

t.test('R33 a large upload holds a window instead of its body', async t => {
  const server = await startSmall(t)
  const body = prologue(ALICE) + createItem('R33', 'x'.repeat(20 * MIB)) + END
  const wire = new Wire(server.socket())
  let most = 0
  const sent = wire.send(headOf(server, [`Content-Length: ${body.length}`]) + body)
  let done = false
  void wire.answers(1).then(() => {
    done = true
  })
  while (!done) most = Math.max(most, await metricOf(server, HELD))
  await sent
  t.equal(codeOf((await wire.answer()).text), 'NoError')
  t.ok(most > 0 && most <= MIB / 2, `${most} bytes`)
  await released(server)()
})

t.test('R33 answered requests free their memory', async t => {
  const server = await startSmall(t)
  for (const auth of ['full', 'readOnly', null, 'Basic eDp5'] as const)
    for (const body of [READ, envelope('ceo@example.com', GET_FOLDER), 'x', ''])
      await server.post(body, { auth })
  for (const path of ['/EWS/types.xsd', '/EWS/Services.wsdl', '/nothing', '/oauth2/token'])
    await server.post('grant_type=x', { path, method: path === '/oauth2/token' ? 'POST' : 'GET' })
  await released(server)()
  t.equal(await metricOf(server, HELD), 0)
})
