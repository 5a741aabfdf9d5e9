import { setImmediate } from 'node:timers/promises'
import { connect } from 'node:tls'
import t from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { Wire } from '../kit/wire.ts'
import {
  Bare,
  HELD,
  startBare,
  startControl,
  startData,
  startListener,
  startOps,
} from './listener-subjects.ts'
import { listenerSuite } from './listener-suite.ts'

const GET = 'GET / HTTP/1.1\r\nHost: gateway\r\n\r\n'

for (const [server, name, start] of [
  ['Listener', 'data', startListener],
  ['gatewayListener', 'data', startData],
  ['controlListener', 'control', startControl],
  ['opsListener', 'ops', startOps],
] as const)
  t.test(server, t => listenerSuite(t, name, start))

t.test('Listener accepts no more connections than its limit', async t => {
  const limits = { headerBytes: 16_384, connections: 2, connectionsPerAddress: 100 }
  const bare = await startBare(t, { limits })
  const [first, second] = [bare.dial(), bare.dial()]
  for (const wire of [first, second]) {
    await wire.send(GET)
    await wire.answer()
  }
  await bare.dial().gone()
  t.strictSame(bare.closed, ['too-many'])
  first.socket.destroy()
  second.socket.destroy()
})

t.test('Listener.close() answers requests that have arrived', async t => {
  const bare = await startBare(t)
  const wire = bare.dial()
  await wire.send(GET)
  await wire.answer()
  // Handed to the system, and not read yet.
  wire.socket.write(GET)
  await bare.listener.close(60_000)
  t.equal((await wire.answers(2)).length, 2)
})

t.test('Listener.close() closes a connection after its last request', async t => {
  const draining = Promise.withResolvers<void>()
  const bare = await startBare(t, { onDrain: draining.resolve })
  const [first, second] = [bare.dial(), bare.dial()]
  await first.send(HELD.repeat(2))
  await bare.holds(2)
  await second.send(HELD)
  await bare.holds(3)
  const closed = bare.listener.close(60_000)
  await draining.promise

  bare.release(1)
  await first.answers(1)
  t.notOk(first.closed, 'it has another request in progress')
  bare.release(1)
  t.equal((await first.answers(2)).length, 2)
  await first.gone()
  t.notOk(second.closed, 'others are not closed before theirs')
  bare.release(1)
  t.equal((await second.answers(1)).length, 1)
  await closed
})

t.test('Listener.close() calls onDrain once, while requests are in flight', async t => {
  let drains = 0
  const bare = await startBare(t, {
    onDrain: () => {
      drains += 1
      bare.release()
    },
  })
  const wire = bare.dial()
  await wire.send(HELD)
  await bare.holds(1)
  await Promise.all([bare.listener.close(60_000), bare.listener.close(60_000)])
  t.equal(drains, 1)
  t.equal((await wire.answers(1)).length, 1)
})

t.test('Listener.close() waits for the handler of a request that it cut off', async t => {
  const bare = await startBare(t)
  const wire = bare.dial()
  await wire.send(HELD)
  await bare.holds(1)
  let isClosed = false
  const closed = bare.listener.close(0).then(() => {
    isClosed = true
  })
  await wire.gone()
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  t.notOk(isClosed)
  bare.release()
  await closed
})

t.test('Listener over TLS', async t => {
  const wanted = ['one', 'other'].map(name => ({ name, alternative: 'IP:127.0.0.1' }))
  const read = makeCertificates(t.testdir({}), wanted)
  const [certificate, ca] = [read('one.crt'), read('ca.crt')]
  const tls = { certificate, privateKey: new Secret(read('one.key')) }

  await t.test('counts each rejected connection once', async t => {
    const bare = await startBare(t, { tls })
    const wire = new Wire(connect({ host: '127.0.0.1', port: bare.listener.port, ca }))
    await wire.send('EHLO example.com\r\n')
    t.equal((await wire.answer()).status, 400)
    await wire.gone()
    t.strictSame(bare.closed, ['malformed'])
  })

  await t.test('names the options whose key and certificate do not match', t => {
    const wrong = { certificate, privateKey: new Secret(read('other.key')) }
    t.throws(() => new Bare({ tls: wrong }), {
      name: 'ListenError',
      message: /^Cannot use tls\.certificate with tls\.privateKey: .*key values mismatch/,
    })
    t.end()
  })
})
