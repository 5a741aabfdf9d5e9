import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { SENDING_BYTES, sendBody } from '../../src/http/send.ts'

const LARGE = Buffer.alloc(40 * 1024 * 1024, 'x')
const SLICE = SENDING_BYTES / 2

type Exchange = Readonly<{ socket: Socket; request: IncomingMessage; response: ServerResponse }>

/** A request at a server, and its client, which reads only on command. */
async function receive(t: Test, method = 'GET'): Promise<Exchange> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  socket.on('error', () => undefined)
  t.teardown(() => {
    socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  socket.write(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`)
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  return { socket, request, response }
}

/** Reads a response to its announced end. @returns its body */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume()
  for (;;) {
    await nextTurn()
    const [first = Buffer.alloc(0)] = chunks
    const head = first.indexOf('\r\n\r\n') + 4
    const length = Number(/content-length: (\d+)/i.exec(first.toString('latin1', 0, head))?.[1])
    const received = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    if (received >= head + length) return Buffer.concat(chunks).subarray(head)
  }
}

for (const length of [0, 1, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE, 3 * SLICE + 5])
  t.test(`sendBody() sends ${length} bytes unchanged`, async t => {
    const { socket, response } = await receive(t)
    const body = Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251))
    response.writeHead(200, { 'Content-Length': length })
    const sent = sendBody(response, body)
    t.ok((await readAll(socket)).equals(body))
    await sent
    t.ok(response.writableFinished)
    t.equal(response.listenerCount('drain'), 0)
  })

t.test('R33 sendBody() keeps no more than a window of a body that is not read', async t => {
  const { socket, response } = await receive(t)
  response.writeHead(200, { 'Content-Length': LARGE.length })
  const sent = sendBody(response, LARGE)
  let most = 0
  const look = () => {
    most = Math.max(most, response.writableLength)
  }
  for (let turn = 0; turn < 200; turn += 1) {
    look()
    await nextTurn()
  }
  t.ok(most > 0 && most <= SENDING_BYTES, `${most} bytes wait`)
  t.notOk(response.writableEnded, 'the rest waits for the client')
  const read = readAll(socket)
  while (!response.writableFinished) {
    look()
    await nextTurn()
  }
  t.ok(most <= SENDING_BYTES, `${most} bytes wait`)
  t.equal((await read).length, LARGE.length)
  await sent
})

t.test('R33 sendBody() ends when the client disconnects in the middle', async t => {
  const { socket, response } = await receive(t)
  response.writeHead(200, { 'Content-Length': LARGE.length })
  const sent = sendBody(response, LARGE)
  socket.destroy()
  await sent
  t.notOk(response.writableFinished)
})

t.test('R33 sendBody() ends if the client has disconnected before', async t => {
  const { socket, response } = await receive(t)
  socket.destroy()
  await once(response, 'close')
  response.writeHead(200, { 'Content-Length': 4 })
  await sendBody(response, Buffer.from('late'))
  t.pass('it does not wait for what has been')
})

t.test('sendBody() sends no body to HEAD, and ends', async t => {
  const { socket, response } = await receive(t, 'HEAD')
  response.writeHead(200, { 'Content-Length': LARGE.length })
  socket.resume()
  await sendBody(response, LARGE)
  t.ok(response.writableFinished)
})
