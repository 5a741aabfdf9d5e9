/**
 * What RedisCache does while Redis or the way to it fails, and that it comes back by itself.
 */

import t, { type Test } from 'tap'
import { RedisCache } from '../../src/cache/redis.ts'
import { lend } from '../kit/services/lend.ts'
import { FaultProxy } from '../kit/services/proxy.ts'
import { noRedis, RedisServer } from '../kit/services/redis.ts'
import { until } from '../kit/until.ts'
import { at, bytes, newKey, textAt } from './suite.ts'

/** 50 ms, and what a busy machine takes besides. */
const SOON_MS = 400
/** Two seconds, and the same. */
const BACK_MS = 2_500
const LIFE_MS = 60_000

type Failure = Readonly<{ begin: () => unknown; end: () => unknown }>

/** A gateway's cache, and what it was told. */
async function gateway(t: Test, port: number) {
  const errors: string[] = []
  const states: boolean[] = []
  const heard: string[] = []
  const cache = new RedisCache({
    nodes: [{ host: '127.0.0.1', port }],
    database: 0,
    tls: false,
    onError: ({ message }) => errors.push(message),
  })
  t.teardown(() => cache.close())
  cache.listen({
    message: message => heard.push(Buffer.from(message).toString()),
    state: up => states.push(up),
  })
  await cache.ping()
  await until('it listens', () => states.length === 1)
  const key = newKey()
  const calls = () => [
    cache.get(key),
    cache.put(key, at(1), bytes('one'), LIFE_MS),
    cache.bury([key], at(1), LIFE_MS),
    cache.publish(bytes('perhaps')),
  ]
  return { cache, key, calls, errors, states, heard }
}

/** All calls at once reject, and soon; then Redis is left alone. */
async function rejectsAll(t: Test, calls: () => Promise<unknown>[]) {
  const beganAt = performance.now()
  const settled = await Promise.allSettled(calls())
  const tookMs = performance.now() - beganAt
  t.strictSame([...new Set(settled.map(({ status }) => status))], ['rejected'])
  t.ok(tookMs < SOON_MS, `after ${tookMs} ms`)
  for (const call of calls()) await t.rejects(call, /left alone after a failure|not connected/)
}

/** A failure from its begin until long after its end. */
async function survives(t: Test, port: number, { begin, end }: Failure) {
  const { cache, key, calls, errors, states, heard } = await gateway(t, port)
  await begin()
  await rejectsAll(t, calls)
  await t.rejects(cache.ping(), /^Redis at 127\.0\.0\.1:\d+: /)
  await until('the subscription is known to be lost', () => states.length === 2)

  await end()
  const endedAt = performance.now()
  await until('it is asked again', () => cache.get(key).then(() => true))
  await until('it listens again', () => states.length === 3)
  const backMs = performance.now() - endedAt
  t.ok(backMs < BACK_MS, `is back after ${backMs} ms`)
  await cache.put(key, at(2), bytes('two'), LIFE_MS)
  t.equal(await textAt(cache, key), 'two')
  const message = `${key.subject}`
  await cache.publish(bytes(message))
  await until('messages arrive', () => heard.includes(message))
  t.strictSame(states, [true, false, true])
  t.ok(errors.length > 0 && errors.length < 6, errors.join('\n'))
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
    faulty('heard, and does not hear', proxy => proxy.silence('to-server')),
    faulty('hearing, and is not heard', proxy => proxy.silence('to-client')),
    apart('slow', async t => {
      const proxy = await lend(t, FaultProxy.start(good.port))
      const { cache, calls, states } = await gateway(t, proxy.port)
      await proxy.delay(100)
      await rejectsAll(t, calls)
      await cache.ping()
      t.strictSame(states, [true], 'messages arrive')
    }),
    apart('silent while it is closed', async t => {
      const proxy = await lend(t, FaultProxy.start(good.port))
      const { cache, calls, states } = await gateway(t, proxy.port)
      await proxy.halfOpen()
      const underWay = Promise.allSettled(calls())
      const beganAt = performance.now()
      await cache.close()
      t.ok(performance.now() - beganAt < SOON_MS, 'it waits for nobody')
      for (const { status } of await underWay) t.equal(status, 'rejected')
      t.strictSame(states, [true, false])
    }),
  ])
})
