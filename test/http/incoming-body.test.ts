import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { mock } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { IncomingBody } from '../../src/http/incoming-body.ts'
import { YieldTimer } from '../../src/http/yield-timer.ts'
import { Failure } from '../../src/model/failure.ts'

const BODY = Buffer.alloc(20 * 1024 * 1024, 'x')

const dependencies = () => ({ yieldTimer: new YieldTimer() })

/** A reservation that everything fits into. */
const anything = () => new ByteBudget(2 ** 30).open('192.0.2.1')

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

t.test('a body that has used its share of a turn waits for the next', async t => {
  // Whenever it is asked, two milliseconds have gone by.
  let now = 0
  const yieldTimer = new YieldTimer(() => {
    now += 2
    return now
  })
  const body = new IncomingBody(await receive(t), 1_000, anything(), { yieldTimer })
  let [chunks, most, inTurn] = [0, 0, 0]
  for (;;) {
    const chunk = await body.next()
    if (chunk === undefined) break
    if (inTurn === 0)
      setImmediate(() => {
        inTurn = 0
      })
    chunks += 1
    inTurn += 1
    most = Math.max(most, inTurn)
  }
  t.equal(body.bytes, BODY.length)
  t.ok(chunks > 30, `${chunks} chunks`)
  t.ok(most <= 4, `${most} chunks in a turn`)
})

t.test(
  'next() returns bytes that have arrived at once, unless the turn is long or the body failed',
  async t => {
    const yieldTimer = { isDue: false }
    const body = new IncomingBody(await receive(t), 1_000, anything(), {
      yieldTimer: yieldTimer as YieldTimer,
    })
    const arrive = async () => {
      while (body.received === body.bytes) await nextTurn()
    }
    await body.next()
    // The socket is read only while something waits for it.
    const waiting = body.next()
    t.type(waiting, Promise, 'nothing has arrived')
    await waiting
    await arrive()
    t.type(body.next(), Buffer)
    await Promise.all([body.next(), arrive()])
    await arrive()
    yieldTimer.isDue = true
    const nextInTurn = body.next()
    t.type(nextInTurn, Promise, 'the turn is long')
    await nextInTurn
    yieldTimer.isDue = false
    await Promise.all([body.next(), arrive()])
    await arrive()
    body.fail(new Failure('client-gone', 'It was ended'))
    t.match(await failureOf(body), { message: 'It was ended' }, 'although bytes have arrived')
  },
)

t.test('P9 a body is not read until it is requested', async t => {
  const request = await receive(t)
  const body = new IncomingBody(request, 1_000, anything(), dependencies())
  for (const _ of [1, 2, 3]) await body.next()
  for (let turn = 0; turn < 200; turn += 1) await nextTurn()
  t.ok(request.socket.isPaused())
  t.ok(request.socket.bytesRead < 1_000_000, `${request.socket.bytesRead} bytes were read`)
})

t.test('bytes after the release of a body are left to the caller', async t => {
  const request = await receive(t)
  const body = new IncomingBody(request, 1_000, anything(), dependencies())
  let bytes = 0
  for (const _ of [1, 2, 3]) bytes += (await body.next())?.length ?? 0
  body.release()
  t.ok(request.socket.isPaused())
  for (let turn = 0; turn < 20; turn += 1) await nextTurn()
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  request.socket.resume()
  await once(request, 'end')
  t.equal(bytes, BODY.length)
})

/** Passes a body on to a sink, and notes what the sink gets. */
function flowing(body: IncomingBody, takes: () => boolean = () => true) {
  const seen = { bytes: 0, chunks: 0, calls: [] as string[] }
  const over = Promise.withResolvers<void>()
  const note = (call: string) => {
    seen.calls.push(call)
    over.resolve()
  }
  body.flow({
    chunk: bytes => {
      seen.bytes += bytes.length
      seen.chunks += 1
      return takes()
    },
    end: () => note('end'),
    fail: ({ message }) => note(message),
  })
  return { seen, over: over.promise }
}

t.test('flow() passes on all of a body, and waits for the next turn if one is long', async t => {
  let now = 0
  const yieldTimer = new YieldTimer(() => {
    now += 2
    return now
  })
  const body = new IncomingBody(await receive(t), 1_000, anything(), { yieldTimer })
  let [most, inTurn] = [0, 0]
  const { seen, over } = flowing(body, () => {
    if (inTurn === 0)
      setImmediate(() => {
        inTurn = 0
      })
    inTurn += 1
    most = Math.max(most, inTurn)
    return true
  })
  await over
  t.match(seen, { bytes: BODY.length, calls: ['end'] })
  t.ok(seen.chunks > 30, `${seen.chunks} chunks`)
  t.ok(most <= 4, `${most} chunks in a turn`)
  t.equal(body.complete, true)
})

t.test('P9 flow() stops the socket until resume() if the sink takes no more', async t => {
  const request = await receive(t)
  const reservation = anything()
  const body = new IncomingBody(request, 1_000, reservation, dependencies())
  const { seen, over } = flowing(body, () => seen.chunks > 1)
  while (!request.socket.isPaused()) await nextTurn()
  const { bytesRead } = request.socket
  for (let turn = 0; turn < 200; turn += 1) await nextTurn()
  t.equal(seen.chunks, 1)
  t.equal(request.socket.bytesRead, bytesRead, 'nothing more is read')
  t.equal(reservation.bytes, body.received - body.bytes, 'R33 what waits is reserved')
  t.equal(request.socket.timeout, 0, 'the client is not late')
  body.resume()
  t.equal(request.socket.timeout, 1_000)
  await over
  t.match(seen, { bytes: BODY.length, calls: ['end'] })
  t.equal(request.socket.timeout, 0)
})

/** A request that is written by hand. */
async function receiveRaw(
  t: Test,
  head: string,
): Promise<{ socket: Socket; request: IncomingMessage }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => undefined)
  t.teardown(() => {
    socket.destroy()
    server.close()
  })
  const requested = once(server, 'request')
  socket.write(head)
  const [request] = (await requested) as [IncomingMessage]
  return { socket, request }
}

const CHUNKED = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'

t.test('R33 a body of one-byte chunks uses the memory of its bytes', async t => {
  const { socket, request } = await receiveRaw(t, CHUNKED)
  const reservation = anything()
  const body = new IncomingBody(request, 1_000, reservation, dependencies())
  const count = 50_000
  socket.write(`${'1\r\nx\r\n'.repeat(count)}0\r\n\r\n`)
  let [most, calls] = [0, 0]
  for (;;) {
    // Reads what a turn of the event loop brought, however fast the bytes come.
    await nextTurn()
    const chunk = await body.next()
    if (chunk === undefined) break
    calls += 1
    most = Math.max(most, request.readableLength)
  }
  t.equal(body.bytes, count)
  t.equal(body.chunks, count)
  t.equal(most, 0, 'nothing waits as objects')
  t.ok(calls < count / 10, `${calls} chunks`)
  t.equal(reservation.bytes, 0, 'what was taken is given back')
})

t.test('R33 bytes that have arrived and are not read are reserved', async t => {
  const { socket, request } = await receiveRaw(t, CHUNKED)
  const budget = new ByteBudget(2_000)
  const reservation = budget.open('192.0.2.1')
  const body = new IncomingBody(request, 1_000, reservation, dependencies())
  socket.write(`3e8\r\n${'x'.repeat(1_000)}\r\n`)
  while (body.chunks === 0) await nextTurn()
  t.equal(budget.held, 1_000)
  socket.write('1\r\nx\r\n')
  t.equal((await body.next())?.length, 1_000)
  t.equal(budget.held, 0)
  t.equal((await body.next())?.length, 1)
})

t.test('R33 a body that does not fit fails', async t => {
  const { socket, request } = await receiveRaw(t, CHUNKED)
  const budget = new ByteBudget(2_000)
  const body = new IncomingBody(request, 1_000, budget.open('192.0.2.1'), dependencies())
  socket.write(`3e9\r\n${'x'.repeat(1_001)}\r\n`)
  t.match(await failureOf(body), { reason: 'over-budget' })
  t.ok(body.failed)
  t.equal(budget.held, 0)
})

t.test('R33 a body with a deadline fails after it', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  for (const [what, act, fails] of [
    ['not before', (body: IncomingBody) => void body, false],
    ['after it', () => mock.timers.tick(1), true],
    [
      'not if it was released',
      (body: IncomingBody) => {
        body.release()
        mock.timers.tick(1)
      },
      false,
    ],
  ] as const) {
    const { request } = await receiveRaw(t, CHUNKED)
    const body = new IncomingBody(request, 1_000_000, anything(), dependencies())
    body.expectWithin(10_000)
    mock.timers.tick(9_999)
    act(body)
    t.equal(body.failed, fails, what)
    if (!fails) continue
    t.match(await failureOf(body), { reason: 'client-gone' })
  }
})

t.test('R33 a complete body is not late', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { socket, request } = await receiveRaw(t, CHUNKED)
  const body = new IncomingBody(request, 1_000_000, anything(), dependencies())
  body.expectWithin(10_000)
  socket.write('1\r\nx\r\n0\r\n\r\n')
  while ((await body.next()) !== undefined);
  mock.timers.tick(20_000)
  t.notOk(body.failed)
})

t.test('R33 a body whose client has left is not waited for', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  for (const sent of ['1\r\nx\r\n', '1\r\nx\r\n0\r\n\r\n']) {
    const { socket, request } = await receiveRaw(t, CHUNKED)
    request.on('error', () => undefined)
    const body = new IncomingBody(request, 1_000_000, anything(), dependencies())
    socket.write(sent)
    while (body.chunks === 0) await nextTurn()
    socket.destroy()
    request.socket.resume()
    while (!request.closed) await nextTurn()
    body.expectWithin(10_000)
    mock.timers.tick(20_000)
    t.notOk(body.failed)
  }
})

t.test('R33 the release of a body frees the bytes that have arrived', async t => {
  const { socket, request } = await receiveRaw(t, CHUNKED)
  const budget = new ByteBudget(2_000)
  const body = new IncomingBody(request, 1_000, budget.open('192.0.2.1'), dependencies())
  socket.write(`3e8\r\n${'x'.repeat(1_000)}\r\n`)
  while (body.chunks === 0) await nextTurn()
  t.equal(budget.held, 1_000)
  body.release()
  t.equal(budget.held, 0)
})

t.test('a client that disconnects within its body ends the wait for it', async t => {
  const { socket, request } = await receiveRaw(t, CHUNKED)
  const body = new IncomingBody(request, 1_000, anything(), dependencies())
  request.on('error', () => undefined)
  socket.write('1\r\nx\r\n')
  t.equal(String(await body.next()), 'x')
  const next = failureOf(body)
  t.equal(request.socket.timeout, 1_000, 'and so does one that pauses too long')
  socket.destroy()
  t.match(await next, { reason: 'client-gone' })
})

/** Resolves to the error with which a body fails. */
async function failureOf(body: IncomingBody): Promise<unknown> {
  try {
    return await body.next()
  } catch (error) {
    return error
  }
}

t.test('flow() passes on the failure of a body once', async t => {
  const failure = new Failure('client-gone', 'It was ended')
  const gone = 'The client left before its request was whole'
  for (const [what, takes, message, act] of [
    ['from fail(), although the sink takes no more', false, failure.message, () => undefined],
    ['of a client that left', true, gone, (socket: Socket) => socket.destroy()],
  ] as const) {
    const { socket, request } = await receiveRaw(t, CHUNKED)
    request.on('error', () => undefined)
    const body = new IncomingBody(request, 1_000, anything(), dependencies())
    const { seen, over } = flowing(body, () => takes)
    socket.write('1\r\nx\r\n')
    while (seen.chunks === 0) await nextTurn()
    act(socket)
    if (takes) await over
    body.fail(failure)
    body.resume()
    t.strictSame(seen.calls, [message], what)
  }
})

t.test('flow() passes on nothing after the release of a body', async t => {
  const { socket, request } = await receiveRaw(t, CHUNKED)
  const body = new IncomingBody(request, 1_000, anything(), dependencies())
  const { seen } = flowing(body)
  body.release()
  socket.write('1\r\nx\r\n0\r\n\r\n')
  request.socket.resume()
  await once(request, 'end')
  t.strictSame(seen, { bytes: 0, chunks: 0, calls: [] })
})
