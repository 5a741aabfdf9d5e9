import { once } from 'node:events'
import { Readable } from 'node:stream'
import t from 'tap'
import { type Dispatcher, errors } from 'undici'
import { Failure } from '../../src/model/failure.ts'
import { Connections } from '../../src/upstream/authentication.ts'
import { ConnectionQueue } from '../../src/upstream/connection-queue.ts'
import { CredentialBackoff } from '../../src/upstream/credential-backoff.ts'
import { ResponseStarts } from '../../src/upstream/response-start.ts'
import { UpstreamMonitor } from '../../src/upstream/status.ts'
import { Transfer, type UpstreamContext } from '../../src/upstream/transfer.ts'
import { until } from '../kit/until.ts'
import {
  type Answer,
  answerOf,
  ask,
  CHUNKED_HEAD,
  chunk,
  collect,
  OK,
  record,
  requestOf,
  upstreamOf,
  XML,
} from './recorder.ts'

const tick = () => new Promise(resolve => setImmediate(resolve))

/** A body that returns one chunk, then waits until it is aborted. */
function stuckBody(first: string) {
  const state = { started: false }
  const body = new Readable({
    read() {
      if (!state.started) this.push(first)
      state.started = true
    },
  })
  return body
}

t.test('Transfer repeats a read once, only if its connection broke unanswered', async t => {
  const cut: Answer = socket => socket.resetAndDestroy()
  const close: Answer = socket => socket.end()
  const ok: Answer = socket => socket.write(OK)
  const half: Answer = socket => socket.write('HTTP/1.1 2', () => socket.resetAndDestroy())
  const started: Answer = socket => socket.write(CHUNKED_HEAD, () => socket.end())
  const busy: Answer = socket => socket.write(answerOf('503 Busy', ['Content-Type: text/html']))

  for (const [name, answers, request, requests, reason] of [
    ['a read, after a reset', [cut, ok], { replayable: true }, 2, undefined],
    ['a read, after a close', [close, ok], { replayable: true }, 2, undefined],
    ['a read, not twice', [cut, cut, ok], { replayable: true }, 2, 'upstream-unreachable'],
    [
      'a read that is current',
      [cut, ok],
      { replayable: true, isCurrent: () => true },
      2,
      undefined,
    ],
    [
      'P5 none that is not current',
      [cut, ok],
      { replayable: true, isCurrent: () => false },
      1,
      'upstream-unreachable',
    ],
    ['no write', [cut, ok], { replayable: false }, 1, 'upstream-unreachable'],
    [
      'no streamed body',
      [cut, ok],
      { replayable: true, body: Readable.from([Buffer.from('<a/>')]) },
      1,
      'upstream-unreachable',
    ],
    ['nothing answered in part', [half, ok], { replayable: true }, 1, 'upstream-unreachable'],
    ['nothing cut later', [started, ok], { replayable: true }, 1, 'upstream-unreachable'],
    ['nothing refused', [busy, ok], { replayable: true }, 1, 'upstream-unreachable'],
  ] as const) {
    const server = await record(t, (socket, number) => answers[number]?.(socket, number))
    const { failure } = await ask(upstreamOf(t, server.url), request)
    t.equal(server.requests.length, requests, name)
    t.equal(failure?.reason, reason, name)
    t.ok(server.requests.every(({ body }) => body === '<a/>'))
  }
})

t.test('Transfer repeats a read on a connection that the server has closed', async t => {
  const server = await record(t, (socket, number) => {
    if (number === 1) socket.destroy()
    else socket.write(OK)
  })
  const upstream = upstreamOf(t, server.url)
  await ask(upstream, { replayable: true })
  t.equal((await ask(upstream, { replayable: true })).failure, undefined)
  t.equal(server.requests.length, 3)
})

t.test('abort() ends a transfer at once, in any phase', async t => {
  const upload = stuckBody('<a')
  const phases = [
    ['connecting', {}, undefined, 'before'],
    ['uploading', { body: upload, contentLength: 9 }, undefined, 'partial'],
    ['waiting for an answer', {}, undefined, 'request'],
    ['at the head', {}, `${CHUNKED_HEAD}${chunk('<a>')}`, 'head'],
    ['at a chunk', {}, `${CHUNKED_HEAD}${chunk('<a>')}${chunk('<b>')}`, 'piece'],
    ['between two chunks', {}, `${CHUNKED_HEAD}${chunk('<a>')}`, 'pause'],
  ] as const
  for (const [phase, request, answer, when] of phases) {
    let aborted = false
    const server = await record(t, socket => {
      if (aborted) socket.write(OK)
      else if (answer) socket.write(answer)
    })
    const upstream = upstreamOf(t, server.url, { connections: 1 })
    const collected = collect()
    const { sink } = collected
    const exchange = upstream.send(requestOf(request), {
      ...sink,
      head(head) {
        sink.head(head)
        if (when === 'head') exchange.abort()
      },
      chunk(bytes) {
        if (when === 'piece') exchange.abort()
        return sink.chunk(bytes)
      },
    })
    if (when === 'partial') await until('half has come', () => server.partial() === 2)
    if (when === 'request') await until('it has come', () => server.requests.length === 1)
    if (when === 'head') await until('a head', () => collected.head !== undefined)
    if (when === 'piece' || when === 'pause')
      await until('a chunk', () => collected.chunks.length > 0)
    const calls = [...collected.calls]
    aborted = true
    exchange.abort()
    if (when !== 'before') await server.quiet()

    const next = await ask(upstream)
    t.equal(next.chunks.join(''), XML, `${phase}: the connection is free for the next`)
    t.strictSame(collected.calls, calls, `${phase}: the sink receives nothing more`)
    t.equal(server.sockets.size, 1, `${phase}: no socket is left`)
    if (when === 'before') t.equal(server.requests.length, 1, 'nothing was sent')
  }
  t.ok(upload.destroyed, 'the body was given up')
})

t.test('abort() removes a request from the queue, with its body', async t => {
  const server = await record(t, (socket, number) => number > 0 && socket.write(OK))
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  const first = upstream.send(requestOf(), collect().sink)
  await until('it has come', () => server.requests.length === 1)

  const waiting = stuckBody('<a')
  const second = collect()
  upstream.send(requestOf({ body: waiting, contentLength: 9 }), second.sink).abort()
  const stream = Readable.from([Buffer.from('<a/>')])
  upstream.send(requestOf({ body: stream }), collect().sink).abort()
  t.ok(waiting.destroyed)
  t.ok(stream.destroyed)

  first.abort()
  await ask(upstream)
  t.equal(server.requests.length, 2)
  t.strictSame(second.calls, [])
})

t.test('Transfer waits for a connection until the deadline', async t => {
  const server = await record(t, (socket, number) => number > 0 && socket.write(OK))
  const impatient = upstreamOf(t, server.url, { connections: 1, queueDeadlineMs: 30 })
  impatient.send(requestOf(), collect().sink)
  const late = await ask(impatient)
  t.match(late.failure, { reason: 'over-budget', backOffMs: 10_000 })
  t.strictSame(late.calls, ['fail'])

  const patient = upstreamOf(t, server.url, { connections: 1 })
  const first = patient.send(requestOf(), collect().sink)
  const second = ask(patient)
  await tick()
  first.abort()
  t.equal((await second).failure, undefined, 'one in time goes')
})

t.test('P5 a transfer that waits fails at once if its body fails', async t => {
  const server = await record(t, (socket, number) => number > 0 && socket.write(OK))
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  const first = upstream.send(requestOf(), collect().sink)
  await until('the connection is in use', () => server.requests.length === 1)
  const body = stuckBody('<a')
  const waiting = collect()
  upstream.send(requestOf({ body }), waiting.sink)
  const failed = new Failure('rule-denies', '')
  body.destroy(failed)
  await waiting.over
  t.equal(waiting.failure, failed)
  first.abort()
  t.equal((await ask(upstream)).failure, undefined, 'it has left the queue')
})

t.test('P5 a transfer tells whether a part of it may have been sent', async t => {
  const server = await record(t, (socket, number) => number === 0 && socket.write(OK))
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  const first = collect()
  const connecting = upstream.send(requestOf(), first.sink)
  t.notOk(connecting.isSent, 'its connection is being opened')
  await first.over
  t.ok(connecting.isSent)
  const second = upstream.send(requestOf(), collect().sink)
  const waiting = upstream.send(requestOf(), collect().sink)
  const leaving = upstream.send(requestOf(), collect().sink)
  t.notOk(waiting.isSent, 'it waits for a connection')
  leaving.abort()
  await until('the second has come', () => server.requests.length === 2)
  t.ok(second.isSent)
  second.abort()
  await until('the connection is free', () => server.requests.length === 3)
  t.strictSame([waiting.isSent, leaving.isSent], [true, false])
  waiting.abort()
})

t.test('Transfer never has two requests on one connection', async t => {
  const open = new Map<unknown, number>()
  let most = 0
  const server = await record(t, socket => {
    most = Math.max(most, server.sockets.size)
    open.set(socket, (open.get(socket) ?? 0) + 1)
    t.equal(open.get(socket), 1)
    setImmediate(() => {
      open.set(socket, 0)
      socket.write(OK)
    })
  })
  const upstream = upstreamOf(t, server.url, { connections: 3 })
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(upstream)))
  t.ok(answers.every(({ chunks }) => chunks.join('') === XML))
  t.ok(most <= 3, 'nor more connections than allowed')
})

t.test('Transfer destroys a request whose body has the wrong length', async t => {
  const chunks = (...texts: string[]) => texts.map(text => Buffer.from(text))
  for (const [name, request] of [
    ['a short stream', { body: Readable.from(chunks('<a')), contentLength: 4 }],
    ['a long stream', { body: Readable.from(chunks('<a/', '>>')), contentLength: 4 }],
    ['a short buffer', { body: Buffer.from('<a'), contentLength: 4 }],
    ['a long buffer', { body: Buffer.from('<a/>>'), contentLength: 4 }],
  ] as const) {
    const server = await record(t)
    const { failure, calls } = await ask(upstreamOf(t, server.url), request)
    t.match(failure, { reason: 'internal-error' }, name)
    t.strictSame(calls, ['fail'], name)
    t.equal(server.requests.length, 0, `${name}: the server saw no whole request`)
  }
})

t.test('Transfer fails with the error of its body', async t => {
  const refused = new Failure('envelope-malformed', 'No end')
  async function* body() {
    yield Buffer.from('<a')
    throw refused
  }
  const server = await record(t)
  const { failure } = await ask(upstreamOf(t, server.url), {
    body: Readable.from(body()),
    contentLength: 4,
  })
  t.equal(failure, refused)
  await server.quiet()
  t.equal(server.requests.length, 0)
})

t.test('Transfer fails when its sink throws', async t => {
  const server = await record(t)
  const collected = collect(() => {
    throw new TypeError('a bug')
  })
  upstreamOf(t, server.url).send(requestOf(), collected.sink)
  await collected.over
  t.match(collected.failure, { reason: 'internal-error', cause: { message: 'a bug' } })
  t.strictSame(collected.calls, ['head', 'piece', 'fail'])
})

t.test('Transfer accepts a response before its body was read', async t => {
  const body = stuckBody('<a')
  const server = await record(t)
  const result = collect()
  upstreamOf(t, server.url).send(requestOf({ body, contentLength: 9 }), result.sink)
  await until('half has come', () => server.partial() === 2)
  for (const socket of server.sockets) socket.write(OK)
  await result.over
  t.strictSame(result.calls, ['head', 'piece', 'end'])
  t.ok(body.destroyed, 'and gives the body up')
  t.doesNotThrow(() => body.emit('error', new Error('too late')), 'a later error has no effect')
  await server.quiet()
})

t.test('Transfer streams a body at the pace of the server', async t => {
  const size = 64 * 1024
  const count = 512
  let given = 0
  async function* body() {
    for (; given < count; given += 1) yield Buffer.alloc(size, 'x')
  }
  let open = () => {}
  const server = await record(t)
  const connected = server.connected()
  const result = collect()
  upstreamOf(t, server.url).send(
    requestOf({ body: Readable.from(body()), contentLength: size * count }),
    result.sink,
  )
  await connected
  for (const socket of server.sockets) {
    socket.pause()
    open = () => socket.resume()
  }
  for (let still = 0, last = -1; still < 200; still = last === given ? still + 1 : 0) {
    last = given
    await tick()
  }
  t.ok(given < count / 2, 'the body waits')
  open()
  await result.over
  t.equal(server.requests[0]?.body.length, size * count)
})

t.test('R30 rejected credentials are tried after 2 s, then less and less often', async t => {
  let status = '401 Unauthorized'
  let now = 0
  const server = await record(t, socket =>
    socket.write(
      answerOf(status, ['Content-Type: text/xml', 'WWW-Authenticate: Basic realm="x"'], XML),
    ),
  )
  const upstream = upstreamOf(t, server.url, { now: () => now })
  for (const [at, answer, requests, backOffMs] of [
    [0, '401 Unauthorized', 1, 2_000],
    [0, '200 OK', 1, 2_000],
    [1_999, '200 OK', 1, 2_000],
    [2_000, '401 Unauthorized', 2, 60_000],
    [32_000, '200 OK', 2, 30_000],
    [61_999, '200 OK', 2, 1_000],
    [62_000, '302 Found', 3, 5_000],
    [62_001, '200 OK', 3, 2_000],
    [122_000, '401 Unauthorized', 4, 120_000],
    [242_000, '500 Internal Server Error', 5, undefined],
    [242_001, '200 OK', 6, undefined],
    [242_002, '401 Unauthorized', 7, 2_000],
    [244_002, '200 OK', 8, undefined],
  ] as const) {
    status = answer
    now = at
    const { failure, calls } = await ask(upstream)
    t.equal(failure?.backOffMs, backOffMs, `after ${at} ms`)
    t.equal(server.requests.length, requests)
    const reason = answer === '302 Found' ? 'upstream-unreachable' : 'upstream-refused-credentials'
    if (failure) t.match({ failure, calls }, { failure: { reason }, calls: ['fail'] })
  }
})

t.test('R30 one 401 stops the requests in the queue', async t => {
  const server = await record(t, socket =>
    socket.write(answerOf('401 Unauthorized', ['Content-Type: text/html'])),
  )
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(upstream)))
  t.ok(answers.every(({ failure }) => failure?.reason === 'upstream-refused-credentials'))
  t.equal(server.requests.length, 1)
})

t.test('R30 no request waits in the queue while the credentials back off', async t => {
  let now = 0
  const server = await record(t, (socket, number) => {
    if (number === 0) socket.write(answerOf('401 Unauthorized', []))
  })
  const upstream = upstreamOf(t, server.url, { connections: 1, now: () => now })
  await ask(upstream)
  now = 2_000
  const probe = upstream.send(requestOf(), collect().sink)
  await until('both have come', () => server.requests.length === 2)
  t.equal((await ask(upstream)).failure?.backOffMs, 2_000, 'the probe has the only connection')

  const gone = collect()
  upstream.send(requestOf(), gone.sink).abort()
  probe.abort()
  await tick()
  t.strictSame(gone.calls, [], 'nor does one hear of it that is aborted at once')
})

t.test('abort() between an attempt and its repetition frees the connection', async t => {
  class Breaking extends Connections {
    override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
      const controller = { aborted: false, paused: false, reason: null }
      const nothing = () => undefined
      handler.onResponseError?.(
        { ...controller, abort: nothing, pause: nothing, resume: nothing },
        new errors.SocketError('closed'),
      )
      return true
    }
    override end() {
      return Promise.resolve()
    }
  }
  const queue = new ConnectionQueue(1, 3_600_000)
  const line: UpstreamContext = {
    connections: new Breaking(),
    path: '/',
    userAgent: 'x',
    queue,
    backoff: new CredentialBackoff({ now: () => 0 }),
    monitor: new UpstreamMonitor({
      now: () => 0,
      remedyOf: () => '',
      changed: () => undefined,
    }),
    starts: new ResponseStarts(),
    now: () => 0,
  }
  const collected = collect()
  const transfer = new Transfer(line, requestOf({ replayable: true }), collected.sink)
  transfer.start()
  transfer.abort()
  await queue.idle()
  t.strictSame(collected.calls, [])
})

t.test('P9 a thousand aborted requests leave no socket and no timer', async t => {
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const server = await record(t, (socket, number) => {
    if (number % 2 === 0) socket.write(`${CHUNKED_HEAD}${chunk('<a>')}`)
  })
  const before = timers()
  const upstream = upstreamOf(t, server.url, { connections: 20, queueDeadlineMs: 60_000 })
  const sinks = Array.from({ length: 1_000 }, () => collect())
  const exchanges = sinks.map(({ sink }, number) => {
    const stuck = number % 3 === 0 ? { body: stuckBody('<a'), contentLength: 9 } : {}
    return upstream.send(requestOf(stuck), sink)
  })
  await until('ten have come', () => server.requests.length > 10)
  for (const [number, exchange] of exchanges.entries()) {
    exchange.abort()
    if (number % 50 === 0) await tick()
  }
  await upstream.close()
  await server.quiet()
  t.equal(timers(), before)
  t.ok(sinks.every(({ calls }) => !calls.includes('end') && !calls.includes('fail')))
})

t.test('Transfer keeps its connection for the next request', async t => {
  const server = await record(t)
  const upstream = upstreamOf(t, server.url)
  for (let number = 0; number < 20; number += 1) {
    await ask(upstream)
    await tick()
  }
  t.equal(server.sockets.size, 1)
  const [socket] = server.sockets
  if (socket) await Promise.all([once(socket, 'close'), upstream.close()])
})
