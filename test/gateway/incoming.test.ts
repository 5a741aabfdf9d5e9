import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { IncomingBody } from '../../src/gateway/incoming.ts'
import { Pace } from '../../src/gateway/pace.ts'
import { Passed } from '../../src/gateway/passed.ts'

const BODY = Buffer.alloc(20 * 1024 * 1024, 'x')

/** A request with a large body, as a server has it. */
async function receive(t: Test): Promise<IncomingMessage> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = request({ port, method: 'POST', headers: { 'Content-Length': BODY.length } })
  client.on('error', () => undefined).end(BODY)
  t.teardown(() => {
    client.destroy()
    server.close()
  })
  const [incoming] = (await once(server, 'request')) as [IncomingMessage]
  return incoming
}

t.test('P9 a body is counted as it passes, so that its memory is collected', async t => {
  let collected = 0
  const passed = new Passed(() => {
    collected += 1
  })
  const body = new IncomingBody(await receive(t), 1_000, { passed, pace: new Pace() })
  while ((await body.next()) !== undefined);
  t.equal(body.bytes, BODY.length)
  t.equal(collected, 2)
})

t.test('a body that has had its share of a turn waits for the next', async t => {
  const passed = new Passed(() => undefined)
  // Whenever it is asked, two milliseconds have gone by.
  let now = 0
  const pace = new Pace(() => {
    now += 2
    return now
  })
  const body = new IncomingBody(await receive(t), 1_000, { passed, pace })
  let [pieces, most, inTurn] = [0, 0, 0]
  for (;;) {
    const piece = await body.next()
    if (piece === undefined) break
    if (inTurn === 0)
      setImmediate(() => {
        inTurn = 0
      })
    pieces += 1
    inTurn += 1
    most = Math.max(most, inTurn)
  }
  t.equal(body.bytes, BODY.length)
  t.ok(pieces > 30, `${pieces} pieces`)
  t.ok(most <= 4, `${most} pieces in a turn`)
})

t.test('P9 a body that nobody asks for stays where it is', async t => {
  const request = await receive(t)
  const shared = { passed: new Passed(() => undefined), pace: new Pace() }
  const body = new IncomingBody(request, 1_000, shared)
  for (const _ of [1, 2, 3]) await body.next()
  for (let turn = 0; turn < 200; turn += 1) await nextTurn()
  t.equal(request.readableFlowing, false)
  t.ok(request.socket.bytesRead < 1_000_000, `${request.socket.bytesRead} bytes were read`)
})

t.test("what comes after a body was released is somebody else's to drain", async t => {
  const shared = { passed: new Passed(() => undefined), pace: new Pace() }
  const request = await receive(t)
  const body = new IncomingBody(request, 1_000, shared)
  let bytes = 0
  for (const _ of [1, 2, 3]) bytes += (await body.next())?.length ?? 0
  body.release()
  t.equal(request.readableFlowing, false)
  for (let turn = 0; turn < 20; turn += 1) await nextTurn()
  request.on('data', (piece: Buffer) => {
    bytes += piece.length
  })
  request.resume()
  await once(request, 'end')
  t.equal(bytes, BODY.length)
})
