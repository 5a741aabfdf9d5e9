import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { queryObjects } from 'node:v8'
import t, { type Test } from 'tap'
import { createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import { until } from '../kit/wire.ts'
import { CHUNKED_HEAD, chunk } from '../upstream/recorder.ts'
import { headOf, metricOf, rawRequest } from './traces.ts'

const WARM_UP = 1_000
const REQUESTS = 3_000
/** Fewer objects than the requests of one kind leave if something holds their contexts. */
const MAX_GROWTH = 1_000
const AT_ONCE = 32
const [SILENT, HALF, WHOLE, STREAM] = ['silent@', 'half@', 'whole@', 'stream@']

/** Behaves as the mailbox is called; keeps nothing. */
async function moody(t: Test) {
  const sockets = new Set<Socket>()
  /** Those of them that wait for the rest of a request, or of an answer. */
  const asked = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      asked.delete(socket)
    })
    socket.on('data', bytes => {
      const text = bytes.toString('latin1')
      asked.add(socket)
      if (text.includes(HALF)) socket.write(`${CHUNKED_HEAD}${chunk('<a>')}`)
      if (text.includes(STREAM)) socket.write(`${CHUNKED_HEAD}${chunk('<a/>')}`)
      if (!text.includes(WHOLE)) return
      socket.write(`${CHUNKED_HEAD}${chunk('<a/>')}0\r\n\r\n`)
      asked.delete(socket)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/EWS/Exchange.asmx`, sockets, asked }
}

/** Bytes, and what must have come of them before the client leaves. */
type Kind = Readonly<{ bytes: Buffer; until: 'sent' | '100' | '401' | '<a' | '500' }>

/** Every phase in which a client can leave. */
function kindsOf(testServer: GatewayTestServer): Kind[] {
  const read = (name: string) => rawRequest(testServer, envelope(`${name}example.com`, GET_FOLDER))
  const large = envelope(`${SILENT}example.com`, createItem('Large', 'x'.repeat(270_000)))
  const stream = envelope(
    `${STREAM}example.com`,
    '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>abc</t:SubscriptionId>' +
      '</m:SubscriptionIds><m:ConnectionTimeout>30</m:ConnectionTimeout></m:GetStreamingEvents>',
  )
  const length = `Content-Length: ${large.length}`
  const some = large.slice(0, 2_000)
  const kinds: [string, Kind['until']][] = [
    [headOf(testServer, []).slice(0, 99), 'sent'],
    [headOf(testServer, ['Content-Length: 2000']) + some.slice(0, 1_000), 'sent'],
    [headOf(testServer, [length]) + some, 'sent'],
    [headOf(testServer, [length]) + large.slice(0, 50_000), 'sent'],
    [headOf(testServer, ['Transfer-Encoding: chunked']) + chunk(some), 'sent'],
    [headOf(testServer, [length, 'Expect: 100-continue']), '100'],
    [headOf(testServer, [length], '') + some, '401'],
    [headOf(testServer, [length]).replace('text/xml', 'text/html') + some, '500'],
    [read(SILENT), 'sent'],
    [read(SILENT) + read(WHOLE) + read(HALF), 'sent'],
    [read(HALF), '<a'],
    [read(WHOLE), '<a'],
    [rawRequest(testServer, stream), '<a'],
  ]
  return kinds.map(([text, until]) => ({ bytes: Buffer.from(text, 'latin1'), until }))
}

/** Sends a request and leaves in the middle of it, in one of two ways. */
function leave(port: number, { bytes, until: awaited }: Kind, politely: boolean): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const go = () => (politely ? socket.destroy() : socket.resetAndDestroy())
    let text = ''
    socket.on('close', () => resolve()).on('error', () => undefined)
    socket.on('data', bytes => {
      text += bytes.toString('latin1')
      if (awaited !== 'sent' && text.includes(awaited)) go()
    })
    socket.write(bytes, () => {
      if (awaited === 'sent') setImmediate(go)
    })
  })
}

async function leaveMany(port: number, kinds: readonly Kind[], count: number): Promise<void> {
  let next = 0
  const leaveOn = async () => {
    while (next < count) {
      const number = next++
      const kind = kinds[number % kinds.length]
      if (kind) await leave(port, kind, number % 2 === 0)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, leaveOn))
}

/** Resources that keep the process alive, without those of the test itself. */
const resources = () =>
  process
    .getActiveResourcesInfo()
    .filter(name => name !== 'PipeWrap' && name !== 'TTYWrap' && name !== 'Immediate')
    .sort()

/** Counts the objects that are reachable: the least of some counts, because some are held for a few turns. */
async function objects(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 5; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    least = Math.min(least, queryObjects(Object, { format: 'count' }))
  }
  return least
}

t.test(`${REQUESTS} requests whose clients disconnect`, async t => {
  const upstream = await moody(t)
  const people = [SILENT, HALF, WHOLE, STREAM].map(name => ({
    primarySmtpAddress: `${name}example.com`,
    aliases: [],
  }))
  const testServer = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
    users: [...people, ...USERS],
    config: { limits: { inFlightPerPrincipal: 128 } },
  })
  await testServer.ownSubscription('abc', FULL.name, `${STREAM}example.com`)
  const { dataPort } = testServer.gateway
  const kinds = kindsOf(testServer)
  await until(
    'the check of the upstream at the start ends',
    () => !resources().includes('TCPSocketWrap'),
  )
  const idle = resources()
  /** All but both ends of the connections that the pool keeps for the next request. */
  const left = () => {
    const now = resources()
    const pooled = now.lastIndexOf('TCPSocketWrap') - upstream.sockets.size * 2 + 1
    return now.filter((name, at) => name !== 'TCPSocketWrap' || at < pooled)
  }
  const quiet = () =>
    until('all is let go', () => left().length === idle.length && upstream.asked.size === 0)

  await leaveMany(dataPort, kinds, WARM_UP)
  await quiet()
  const before = await objects()
  await leaveMany(dataPort, kinds, REQUESTS)
  await quiet()

  t.strictSame(left(), idle, 'leave no socket and no timer')
  t.equal(upstream.asked.size, 0, 'leave no request upstream')
  t.equal(await metricOf(testServer, 'ews_gateway_streams_open'), 0, 'leave no stream open')
  const growth = (await objects()) - before
  t.ok(growth < MAX_GROWTH, `leave no objects behind: ${growth}`)
  t.comment(`growth: ${growth} objects`)
  const answers = await Promise.all(
    Array.from({ length: 128 }, () =>
      testServer.post(envelope(`${WHOLE}example.com`, GET_FOLDER)).then(({ status }) => status),
    ),
  )
  t.strictSame([...new Set(answers)], [200], 'leave every place of the principal and the pool free')

  const drained = await Promise.all(Array.from({ length: 16 }, () => drain(dataPort)))
  t.strictSame(drained, Array(16).fill(true), 'leave every place for draining free')
})

/** Whether the rest of a body is read that comes after the answer. */
function drain(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    let answers = 0
    socket.on('close', () => resolve(answers === 2))
    socket.on('data', bytes => {
      answers += bytes.toString('latin1').split('HTTP/1.1 401').length - 1
      if (answers === 2) socket.destroy()
      else setImmediate(() => socket.write(`<${anonymous(1)}<`))
    })
    socket.write(`${anonymous(2)}<`)
  })
}

const anonymous = (length: number) =>
  `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: gateway\r\nContent-Length: ${length}\r\n\r\n`
