import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { writeChunk } from '../../src/http/write-chunk.ts'
import { until } from '../kit/until.ts'

/** A request at a server, and the bytes that its client receives until the connection ends. */
async function receive(t: Test) {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => {
    socket.destroy()
    server.close()
  })
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  return { response, received: text(socket) }
}

const bodyOf = (received: string) => received.slice(received.indexOf('\r\n\r\n') + 4)

for (const isBegun of [false, true])
  t.test(`P9 writeChunk() joins no chunks of a turn, head sent before: ${isBegun}`, async t => {
    const { response, received } = await receive(t)
    if (isBegun) {
      response.flushHeaders()
      await nextTurn()
    }
    for (const chunk of ['a', 'bc', 'def']) {
      t.ok(writeChunk(response, Buffer.from(chunk)))
      t.equal(response.socket?.writableCorked, 1, 'the kernel gets all of them together')
    }
    await nextTurn()
    t.equal(response.socket?.writableCorked, 0)
    writeChunk(response, Buffer.from('g'))
    response.end('h')
    t.equal(
      bodyOf(await received),
      '1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n1\r\ng\r\n1\r\nh\r\n0\r\n\r\n',
    )
  })

t.test('writeChunk() returns whether the socket accepts more', async t => {
  const { response, received } = await receive(t)
  const large = Buffer.alloc(response.writableHighWaterMark)
  t.equal(writeChunk(response, large), false)
  await once(response, 'drain')
  t.equal(writeChunk(response, Buffer.from('a')), true)
  response.end()
  t.match(await received, '1\r\na\r\n0\r\n\r\n')
})

t.test('writeChunk() joins no chunks of a response that waits for the previous one', async t => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => server.close())
  const responses: ServerResponse[] = []
  server.on('request', (_, response) => responses.push(response))
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  )
  await until('both requests are received', () => responses.length === 2)
  const [first, second] = responses
  for (const chunk of ['a', 'bc']) if (second) writeChunk(second, Buffer.from(chunk))
  t.equal(second?.socket, null)
  second?.end()
  first?.writeHead(204).end()
  t.match(await text(socket), '1\r\na\r\n2\r\nbc\r\n0\r\n\r\n')
})

t.test('writeChunk() writes nothing after the client has disconnected', async t => {
  const { response, received } = await receive(t)
  const gone = t.rejects(received)
  response.socket?.resetAndDestroy()
  await once(response, 'close')
  t.equal(writeChunk(response, Buffer.from('late')), false)
  await gone
})
