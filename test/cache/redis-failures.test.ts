/**
 * RedisCache while Redis or the way to it fails, and that it recovers by itself.
 */

import t, { type Test } from 'tap'
import { RedisCache, type RedisTiming } from '../../src/cache/redis.ts'
import { Connection } from '../../src/cache/redis-connection.ts'
import { lend } from '../kit/services/lend.ts'
import { FaultProxy } from '../kit/services/proxy.ts'
import { noRedis, RedisServer } from '../kit/services/redis.ts'
import { until } from '../kit/until.ts'
import { at, bytes, newKey, textAt } from './suite.ts'

const LIFE_MS = 3_600_000
/** Limits that nothing exceeds here. */
const PATIENT = { connectMs: LIFE_MS, silenceMs: LIFE_MS, pingMs: LIFE_MS }

const LATE = /no answer within 50 ms|not connected|the connection was lost/

type Failure = Readonly<{ begin: () => unknown; end: () => unknown }>

/** A gateway's cache, with its own limits, and what it reports. A rest lasts until `again()`. */
async function gateway(t: Test, port: number, timing: Partial<RedisTiming> = {}) {
  const errors: string[] = []
  const states: boolean[] = []
  const heard: string[] = []
  let nowMs = 0
  const cache = new RedisCache(
    {
      nodes: [{ host: '127.0.0.1', port }],
      database: 0,
      tls: false,
      onError: ({ message }) => errors.push(message),
    },
    { ...timing, elapsed: () => nowMs },
  )
  t.teardown(() => cache.close())
  cache.listen({
    message: message => heard.push(Buffer.from(message).toString()),
    state: up => states.push(up),
  })
  /** Calls until it succeeds, because on a busy machine an answer may be late; no rest is in the way. */
  const again = (what: string, call: () => Promise<unknown>) =>
    until(what, async () => {
      nowMs += 1_000
      return (await call()) !== false
    })
  const key = newKey()
  await until('it listens', () => states.at(-1) === true)
  await again('it is asked', () => cache.get(key))
  const calls = () => [
    cache.get(key),
    cache.put(key, at(1), bytes('one'), LIFE_MS),
    cache.writeTombstones([key], at(1), LIFE_MS),
    cache.publish(bytes('perhaps')),
  ]
  return { cache, key, calls, errors, states, heard, again }
}

/** All calls at once reject, by the deadline or before it; then Redis is left alone. */
async function rejectsAll(t: Test, calls: () => Promise<unknown>[]) {
  for (const settled of await Promise.allSettled(calls()))
    t.match(settled, { status: 'rejected', reason: { message: LATE } })
  for (const call of calls())
    await t.rejects(call, /not used shortly after a failure|not connected/)
}

/** A failure from its begin until long after its end. */
async function survives(t: Test, port: number, { begin, end }: Failure) {
  const { cache, key, calls, errors, states, heard, again } = await gateway(t, port)
  const known = errors.length
  await begin()
  await rejectsAll(t, calls)
  await t.rejects(cache.ping(), /^Redis at 127\.0\.0\.1:\d+: /)
  await until('the subscription is known to be lost', () => states.at(-1) === false)
  const told = errors.slice(known)
  t.ok(told.length >= 1 && told.length <= 2, `each connection reports once: ${told}`)

  await end()
  await again('it is asked again', () => cache.get(key))
  await until('it listens again', () => states.at(-1) === true)
  await again('it is put', () => cache.put(key, at(2), bytes('two'), LIFE_MS))
  await again('it is found', async () => (await textAt(cache, key)) === 'two')
  const message = `${key.subject}`
  await again('messages arrive', async () => {
    await cache.publish(bytes(message))
    return heard.includes(message)
  })
  t.ok(
    states.every((up, n) => up === (n % 2 === 0)),
    'each change is reported once',
  )
}

t.test('P6 RedisCache while Redis is', { skip: noRedis, jobs: 8 }, async t => {
  const start = () => lend(t, RedisServer.start())
  const [killed, frozen, good] = await Promise.all([start(), start(), start()])
  const apart = (name: string, run: (t: Test) => Promise<void>) =>
    t.test(name, { buffered: true }, run)
  const faulty = (name: string, begin: (proxy: FaultProxy) => Promise<void>) =>
    apart(name, async t => {
      const proxy = await lend(t, FaultProxy.start(good.port))
      await survives(t, proxy.port, { begin: () => begin(proxy), end: () => proxy.pass() })
    })

  await Promise.all([
    apart('killed', t =>
      survives(t, killed.port, { begin: () => killed.kill(), end: () => killed.restart() }),
    ),
    apart('frozen', t =>
      survives(t, frozen.port, { begin: () => frozen.freeze(), end: () => frozen.thaw() }),
    ),
    faulty('cut off', proxy => proxy.drop()),
    faulty('connected and silent', proxy => proxy.halfOpen()),
    faulty('sends, but does not receive', proxy => proxy.silence('to-server')),
    faulty('receives, but does not send', proxy => proxy.silence('to-client')),
    apart('slow', async t => {
      const proxy = await lend(t, FaultProxy.start(good.port))
      const { cache, calls, states } = await gateway(t, proxy.port, PATIENT)
      await proxy.delay(100)
      await rejectsAll(t, calls)
      await cache.ping()
      t.strictSame(states, [true], 'messages arrive')
    }),
    apart('silent while it is closed', async t => {
      const proxy = await lend(t, FaultProxy.start(good.port))
      const timing = { ...PATIENT, answerMs: LIFE_MS }
      const { cache, calls, states } = await gateway(t, proxy.port, timing)
      await proxy.halfOpen()
      const inFlight = Promise.allSettled(calls())
      // No limit ends before the test does: to wait for an answer would be to hang.
      await cache.close()
      for (const { status } of await inFlight) t.equal(status, 'rejected')
      t.strictSame(states, [true, false])
    }),
  ])
})

t.test('Connection reconnects soon, without a limit', async t => {
  const connection = new Connection(
    { nodes: [{ host: '127.0.0.1', port: 1 }], database: 0, tls: false },
    PATIENT,
  )
  t.teardown(() => connection.close())
  const pausesMs: number[] = []
  connection.redis.on('reconnecting', (pauseMs: number) => pausesMs.push(pauseMs))
  await until('it has tried often', () => pausesMs.length === 12)
  t.strictSame(pausesMs, [50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 500, 500])
})
