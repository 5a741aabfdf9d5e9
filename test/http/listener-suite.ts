/**
 * Behavior of every listener: starting, limits, drain, and close.
 *
 * @module
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import { Wire } from '../kit/wire.ts'

/** A listener under test. It answers `GET /` with 404. */
export type Subject = Readonly<{
  port: number
  /** Bytes of headers that a request can have. */
  headerBytes: number
  /** Connections that one address can have. */
  perAddress: number
  /** Begins a request that does not end before `finish` is called. */
  begin: (wire: Wire) => Promise<Readonly<{ finish: () => void }>>
  /** Returns how many connections were closed for this reason. */
  closed: (kind: string) => number | Promise<number>
  close: () => Promise<void>
}>

export type StartOptions = Readonly<{
  /** A free port by default. */
  port?: number
  drainSeconds?: number
  /** 60 by default. The ops listener always waits 5 s. */
  headersSeconds?: number
}>

/** Starts a listener, which is closed with the test. */
export type StartSubject = (t: Test, options?: StartOptions) => Promise<Subject>

const HOST = 'Host: gateway\r\n'
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`
/** Longer than any test takes. */
const LONG = { drainSeconds: 600 }

const dial = ({ port }: Subject, localAddress = '127.0.0.1') =>
  new Wire(connect({ host: '127.0.0.1', port, localAddress }))

/** @param name - key of the listener in `listen` */
export async function listenerSuite(t: Test, name: string, start: StartSubject): Promise<void> {
  await t.test('listen() names a port in use, and the option to change', async t => {
    const { port } = await start(t)
    await t.rejects(start(t, { port }), {
      name: 'ListenError',
      message:
        `Cannot listen on 127.0.0.1:${port}: the port is taken. ` +
        `Choose another address with listen.${name} or --listen-${name}`,
      cause: { code: 'EADDRINUSE' },
    })
  })

  await t.test('a connection is closed', async t => {
    const subject = await start(t)
    await t.test('that is not accepted', t => testRejected(t, subject))
    await t.test('that its client closes in the middle of a request', t => testAborted(t, subject))
    await t.test('R33 after its ninth request in progress', t => testPipelined(t, subject))
    await t.test('when its address has too many connections', t => testPerAddress(t, subject))
    await t.test('when its headers are too slow', async t =>
      testSlowHeaders(t, await start(t, { headersSeconds: 1 })),
    )
  })

  await t.test('close()', async t => {
    await t.test('lets requests finish', async t => testDrain(t, await start(t, LONG)))
    await t.test('waits no longer than its limit', async t =>
      testLateDrain(t, await start(t, { drainSeconds: 1 })),
    )
  })
}

/** Bytes, the status that answers them, and the reason that is counted. */
const REJECTED: readonly (readonly [what: string, bytes: string, status: number, kind?: string])[] =
  [
    ['no HTTP', 'EHLO example.com\r\n', 400, 'malformed'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a folded header', `GET / HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, 400, 'malformed'],
    ['a line feed alone', 'GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n', 400, 'malformed'],
    ['HTTP/2.0', `GET / HTTP/2.0\r\n${HOST}\r\n`, 505],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 404],
    [
      'chunks in HTTP/1.0',
      `GET / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ...['gzip, chunked', 'chunked, chunked', 'gzip,chunked'].map(
      coding =>
        [
          `the coding ${coding}`,
          `GET / HTTP/1.1\r\n${HOST}Transfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`,
          400,
        ] as const,
    ),
    [
      'two codings',
      `GET / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['Connection: close', `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 404],
    ['an answer before 100', `GET / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\n\r\n`, 404],
  ]

async function testRejected(t: Test, subject: Subject): Promise<void> {
  const large = `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(subject.headerBytes)}\r\n\r\n`
  for (const [what, bytes, status, kind] of [
    ...REJECTED,
    ['headers over the limit', large, 431, 'headers-too-large'] as const,
  ]) {
    const before = kind === undefined ? 0 : await subject.closed(kind)
    const wire = dial(subject)
    await wire.send(bytes)
    t.equal((await wire.answer()).status, status, what)
    await wire.gone()
    t.notMatch(wire.text, '100 Continue')
    if (kind !== undefined) t.equal(await subject.closed(kind), before + 1, `${what}: ${kind}`)
  }
  const tunnel = dial(subject)
  await tunnel.send(`CONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`)
  await tunnel.gone()
  t.equal(tunnel.text, '', 'CONNECT gets no answer')
}

async function testAborted(t: Test, subject: Subject): Promise<void> {
  const head = `POST / HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n`
  for (const [what, bytes] of [
    ['headers', head],
    ['a body', `${head}\r\nabc`],
  ] as const) {
    const [aborted, malformed] = [
      await subject.closed('aborted'),
      await subject.closed('malformed'),
    ]
    const wire = dial(subject)
    await wire.send(bytes)
    wire.socket.end()
    await wire.gone()
    t.equal(await subject.closed('aborted'), aborted + 1, what)
    t.equal(await subject.closed('malformed'), malformed, `${what}: it was not malformed`)
  }
}

async function testPipelined(t: Test, subject: Subject): Promise<void> {
  const wire = dial(subject)
  await wire.send(GET.repeat(8))
  t.equal((await wire.answers(8)).length, 8)
  await wire.send(GET.repeat(9))
  await wire.gone()
  t.equal(await subject.closed('pipelined'), 1)
}

async function testPerAddress(t: Test, subject: Subject): Promise<void> {
  const wires = Array.from({ length: subject.perAddress }, () => dial(subject, '127.0.0.2'))
  for (const { socket } of wires) socket.write(GET)
  for (const wire of wires) await wire.answer()
  const over = dial(subject, '127.0.0.2')
  await over.gone()
  t.equal(await subject.closed('too-many-of-address'), 1)
  const other = dial(subject, '127.0.0.3')
  await other.send(GET)
  t.equal((await other.answer()).status, 404, 'another address counts by itself')
  for (const { socket } of [...wires, other]) socket.destroy()
}

async function testSlowHeaders(t: Test, subject: Subject): Promise<void> {
  const [silent, slow] = [dial(subject), dial(subject)]
  const gone = [silent, slow].map(({ socket }) => once(socket, 'close'))
  await slow.send(GET.slice(0, -2))
  await Promise.all(gone)
  t.match(slow.text, /^HTTP\/1\.1 408 /)
  t.equal(await subject.closed('too-slow'), 2)
}

async function testDrain(t: Test, subject: Subject): Promise<void> {
  const [idle, silent, busy] = [dial(subject), dial(subject), dial(subject)]
  await once(silent.socket, 'connect')
  const { finish } = await subject.begin(busy)
  await idle.send(GET)
  await idle.answer()

  const closed = Promise.all([subject.close(), subject.close()])
  await idle.gone()
  t.notOk(busy.closed, 'a request in flight keeps its connection')
  const [error] = await once(dial(subject).socket, 'error')
  t.equal(error.code, 'ECONNREFUSED')
  finish()
  t.equal((await busy.answers(1)).length, 1)
  await Promise.all([busy.gone(), silent.gone()])
  await closed
  await subject.close()
}

async function testLateDrain(t: Test, subject: Subject): Promise<void> {
  const busy = dial(subject)
  const { finish } = await subject.begin(busy)
  const gone = once(busy.socket, 'close')
  const closed = subject.close()
  await gone
  finish()
  await closed
  t.strictSame(await busy.answers(1), [])
}
