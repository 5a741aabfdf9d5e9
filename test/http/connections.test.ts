import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { Connections, type ConnectionsOptions } from '../../src/http/connections.ts'
import { makeCertificates } from '../kit/certificates.ts'

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
/** Requests that a socket can send at once. */
const MAX_PIPELINED = 8

type Exchange = Readonly<{ request: IncomingMessage; response: ServerResponse }>

/** A server that lets in what {@link Connections} does, and answers nothing by itself. */
class Listener {
  readonly connections: Connections
  readonly closed: string[] = []
  readonly exchanges: Exchange[] = []
  /** Requests that Node.js parsed. */
  parsed = 0
  readonly #server: Server
  readonly #t: Test

  constructor(t: Test, server: Server, options: Partial<ConnectionsOptions>) {
    this.#t = t
    this.#server = server
    this.connections = new Connections(server, {
      perAddress: 100,
      mayConnect: () => true,
      closed: kind => this.closed.push(kind),
      ...options,
    })
    server.on('request', (request, response) => {
      this.parsed += 1
      if (this.connections.begin(request, response)) this.exchanges.push({ request, response })
    })
  }

  dial(tls = false, localAddress = '127.0.0.1'): Socket {
    const { port } = this.#server.address() as AddressInfo
    const socket = tls
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connect({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => undefined).resume()
    this.#t.teardown(() => socket.destroy())
    return socket
  }

  async requests(count: number): Promise<readonly Exchange[]> {
    while (this.exchanges.length < count) await nextTurn()
    return this.exchanges
  }
}

function certificate(t: Test) {
  const read = makeCertificates(t.testdir({}), [{ name: 'gateway', alternative: 'IP:127.0.0.1' }])
  return { cert: read('gateway.crt'), key: read('gateway.key') }
}

async function listen(
  t: Test,
  { tls = false, ...options }: Partial<ConnectionsOptions> & Readonly<{ tls?: boolean }> = {},
): Promise<Listener> {
  const server = tls ? createTlsServer(certificate(t)) : createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return new Listener(t, server, options)
}

for (const tls of [false, true]) {
  const over = tls ? 'over TLS' : 'in clear'

  t.test(`R33 a connection has at most 8 requests in progress ${over}`, async t => {
    const listener = await listen(t, { tls })
    const socket = listener.dial(tls)
    socket.write(GET.repeat(MAX_PIPELINED))
    for (const { response } of await listener.requests(MAX_PIPELINED)) response.end()
    while (listener.exchanges.some(({ response }) => !response.closed)) await nextTurn()
    socket.write(GET.repeat(MAX_PIPELINED))
    await listener.requests(2 * MAX_PIPELINED)
    t.strictSame(listener.closed, [], 'what has ended does not count')
    socket.write(GET)
    await once(socket, 'close')
    t.strictSame(listener.closed, ['pipelined'])
    t.equal(listener.exchanges.length, 2 * MAX_PIPELINED)
  })

  t.test(`R33 requests behind the ninth are not even parsed ${over}`, async t => {
    const listener = await listen(t, { tls })
    const socket = listener.dial(tls)
    socket.write(GET.repeat(400))
    await once(socket, 'close')
    t.equal(listener.parsed, MAX_PIPELINED + 1)
    t.strictSame(listener.closed, ['pipelined'])
  })

  t.test(`every response of a connection that breaks is closed, once, ${over}`, async t => {
    const listener = await listen(t, { tls })
    const socket = listener.dial(tls)
    socket.write(GET.repeat(4))
    const exchanges = await listener.requests(4)
    let closed = 0
    for (const { response } of exchanges)
      response.on('close', () => {
        closed += 1
      })
    socket.destroy()
    while (closed < 4) await nextTurn()
    await nextTurn()
    t.equal(closed, 4)
    t.ok(exchanges.every(({ response }) => response.destroyed))
  })
}

t.test('a pipelined response with a socket is closed once', async t => {
  const listener = await listen(t)
  const socket = listener.dial()
  socket.write(GET.repeat(2))
  const [first, second] = (await listener.requests(2)) as [Exchange, Exchange]
  let closed = 0
  second.response.on('close', () => {
    closed += 1
  })
  const assigned = once(second.response, 'socket')
  first.response.end()
  await assigned
  t.equal(first.request.socket.listenerCount('close'), second.request.socket.listenerCount('close'))
  socket.destroy()
  while (closed === 0) await nextTurn()
  await nextTurn()
  t.equal(closed, 1)
})

t.test('a request of a closed connection does not start', async t => {
  const listener = await listen(t)
  listener.dial().write(GET)
  const [exchange] = (await listener.requests(1)) as [Exchange]
  exchange.request.socket.destroy()
  t.equal(listener.connections.begin(exchange.request, exchange.response), false)
})

t.test('Connections counts the open connections of each address', async t => {
  const listener = await listen(t, { perAddress: 2 })
  const [first, second] = [listener.dial(), listener.dial()]
  first.write(GET)
  second.write(GET)
  await listener.requests(2)
  await once(listener.dial(), 'close')
  t.strictSame(listener.closed, ['too-many-of-address'])
  const other = listener.dial(false, '127.0.0.2')
  other.write(GET)
  const [, , another] = await listener.requests(3)
  other.destroy()
  while (another?.request.socket.destroyed === false) await nextTurn()
  await nextTurn()
  await once(listener.dial(), 'close')
  t.equal(listener.closed.length, 2, 'another address counts by itself')

  first.destroy()
  while (listener.exchanges.filter(({ request }) => request.socket.destroyed).length < 2)
    await nextTurn()
  await nextTurn()
  listener.dial().write(GET)
  await listener.requests(4)
  t.equal(listener.closed.length, 2)
})

t.test('Connections closes forbidden peers, which do not count', async t => {
  let mayConnect = false
  const listener = await listen(t, { perAddress: 1, mayConnect: () => mayConnect })
  await once(listener.dial(), 'close')
  await once(listener.dial(), 'close')
  t.strictSame(listener.closed, ['in-clear', 'in-clear'])
  mayConnect = true
  listener.dial().write(GET)
  await listener.requests(1)
})

t.test('Connections.destroySoon() lets responses go out, destroy() does not wait', async t => {
  const listener = await listen(t)
  const [polite, rude] = [listener.dial(), listener.dial()]
  polite.write(GET)
  rude.write(GET)
  const [{ response }] = (await listener.requests(2)) as [Exchange]
  response.writeHead(200, { 'Content-Length': 4 }).end('last')
  const text = once(polite, 'data')
  listener.connections.destroySoon()
  t.match(String((await text)[0]), /last$/)
  await Promise.all([once(rude, 'close'), once(polite, 'close')])

  const third = listener.dial()
  third.write(GET)
  await listener.requests(3)
  listener.connections.destroy()
  await once(third, 'close')
})
