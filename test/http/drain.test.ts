import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { Drain } from '../../src/http/drain.ts'
import { IncomingBody } from '../../src/http/incoming-body.ts'
import { YieldTimer } from '../../src/http/yield-timer.ts'

const MIB = 1_024 * 1_024
const CHUNKED = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
const LENGTH = (bytes: number) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`

type Exchange = Readonly<{ socket: Socket; request: IncomingMessage; response: ServerResponse }>

/** A request whose body still comes. */
async function receive(t: Test, head: string): Promise<Exchange> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
  socket.on('error', () => undefined)
  t.teardown(() => {
    socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  socket.write(head)
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  request.on('error', () => undefined)
  return { socket, request, response }
}

/** Answers a request, and drains what is left of it. */
function refuse(drain: Drain, { request, response }: Exchange, address?: string): void {
  const reservation = new ByteBudget(MIB).open('192.0.2.1')
  const dependencies = { yieldTimer: new YieldTimer() }
  new IncomingBody(request, 60_000, reservation, dependencies).release()
  response.end('no')
  drain.drain(request, response, 0, address)
}

/** Returns a Drain with a byte limit, and the bodies that exceeded it. */
function drainOf(bytes: number) {
  const refused: true[] = []
  return { drain: new Drain(bytes, () => refused.push(true)), refused }
}

t.test('R29 a body is discarded to its end, and the connection stays', async t => {
  const exchange = await receive(t, LENGTH(3 * MIB))
  const { socket, request } = exchange
  const { drain, refused } = drainOf(3 * MIB)
  refuse(drain, exchange, '192.0.2.1')
  socket.write(Buffer.alloc(3 * MIB))
  await once(request, 'close')
  t.ok(request.complete)
  t.notOk(request.socket.destroyed)
  t.strictSame(refused, [])
})

for (const [what, head, bytes, body] of [
  ['more is announced', LENGTH(1_001), 1_000, ''],
  ['more comes', CHUNKED, 10_000, `2711\r\n${'x'.repeat(10_001)}\r\n`],
  ['there are many chunks', CHUNKED, 10_000, '1\r\nx\r\n'.repeat(10)],
] as const)
  t.test(`R29 the connection is closed if ${what} than is discarded`, async t => {
    const exchange = await receive(t, head)
    const { socket } = exchange
    const { drain, refused } = drainOf(bytes)
    refuse(drain, exchange, '192.0.2.1')
    socket.write(body)
    await once(socket, 'close')
    t.strictSame(refused, [true])
  })

t.test('R33 the maximum number of chunks is discarded', async t => {
  const exchange = await receive(t, CHUNKED)
  const { socket, request } = exchange
  const { drain, refused } = drainOf(10_240)
  refuse(drain, exchange, '192.0.2.1')
  socket.write(`${'1\r\nx\r\n'.repeat(10)}0\r\n\r\n`)
  await once(request, 'close')
  t.ok(request.complete)
  t.strictSame(refused, [])
})

t.test('R34 a discarded body is read once in a turn of the event loop', async t => {
  const exchange = await receive(t, LENGTH(20 * MIB))
  const { socket, request } = exchange
  const { drain } = drainOf(20 * MIB)
  let [inTurn, most] = [0, 0]
  request.on('data', () => {
    if (inTurn === 0)
      setImmediate(() => {
        inTurn = 0
      })
    inTurn += 1
    most = Math.max(most, inTurn)
  })
  refuse(drain, exchange, '192.0.2.1')
  socket.write(Buffer.alloc(20 * MIB))
  await once(request, 'close')
  t.ok(request.complete)
  t.ok(most <= 2, `${most} reads`)
})

t.test('R29 bodies of 16 sockets of an address are discarded, of known callers all', async t => {
  const { drain, refused } = drainOf(MIB)
  const begin = async (address: string | undefined) => {
    const exchange = await receive(t, LENGTH(MIB))
    refuse(drain, exchange, address)
    return exchange
  }
  const first = await begin('192.0.2.1')
  for (let count = 1; count < 16; count += 1) await begin('192.0.2.1')
  t.strictSame(refused, [])
  await begin('192.0.2.1')
  t.strictSame(refused, [true])
  await begin('192.0.2.2')
  await begin(undefined)
  t.strictSame(refused, [true], 'others and known callers are not counted')
  first.socket.destroy()
  while (!first.request.socket.destroyed) await nextTurn()
  await nextTurn()
  await begin('192.0.2.1')
  t.strictSame(refused, [true], 'who has left does not count')
})

t.test('R29 all addresses of a network count as one', async t => {
  const { drain, refused } = drainOf(MIB)
  for (let host = 1; host <= 16; host += 1)
    refuse(drain, await receive(t, LENGTH(MIB)), `2001:db8::${host}`)
  t.strictSame(refused, [])
  refuse(drain, await receive(t, LENGTH(MIB)), '2001:db8::ff')
  t.strictSame(refused, [true])
  refuse(drain, await receive(t, LENGTH(MIB)), '2001:db8:0:1::1')
  t.strictSame(refused, [true])
})

t.test('R29 a client that left before its response does not count', async t => {
  const { drain, refused } = drainOf(MIB)
  for (let count = 0; count <= 16; count += 1) {
    const exchange = await receive(t, LENGTH(MIB))
    const { socket } = exchange.request
    exchange.socket.destroy()
    while (!socket.closed || !exchange.request.closed) await nextTurn()
    refuse(drain, exchange, '192.0.2.1')
  }
  refuse(drain, await receive(t, LENGTH(MIB)), '192.0.2.1')
  t.strictSame(refused, [])
})
