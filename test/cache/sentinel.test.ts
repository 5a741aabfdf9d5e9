import { Redis } from 'ioredis'
import t from 'tap'
import { RedisCache } from '../../src/cache/redis.ts'
import { lend } from '../kit/services/lend.ts'
import { noRedis } from '../kit/services/redis.ts'
import { SentinelSetup } from '../kit/services/sentinel.ts'
import { until } from '../kit/until.ts'
import { passIn, unhurried } from './real-redis.ts'
import { at, bytes, cacheSuite, newKey, textAt } from './suite.ts'

const LIFE_MS = 3_600_000

t.test('RedisCache follows Sentinels to another master', { skip: noRedis }, async t => {
  const setup = await lend(t, SentinelSetup.start())
  const errors: string[] = []
  const states: boolean[] = []
  const heard: string[] = []
  const options = {
    nodes: setup.ports.map(port => ({ host: '127.0.0.1', port })),
    sentinel: setup.name,
    database: 0,
    tls: false,
  } as const

  await t.test('meets the contract of a cache', async t => {
    const open = async () => {
      const cache = new RedisCache(options, unhurried())
      t.teardown(() => cache.close())
      await cache.ping()
      return cache
    }
    const [cache, other] = [await open(), await open()]
    await cacheSuite(t, { cache, other, pass: passIn(t, setup.master.port) })
  })

  const onError = ({ message }: Error) => errors.push(message)
  const cache = new RedisCache({ ...options, onError }, unhurried())
  t.teardown(() => cache.close())
  cache.listen({
    message: message => heard.push(Buffer.from(message).toString()),
    state: up => states.push(up),
  })
  await cache.ping()
  await until('it listens', () => states.length === 1)
  const key = newKey()
  await cache.put(key, at(1), bytes('one'), LIFE_MS)
  t.equal(await textAt(cache, key), 'one')

  await setup.master.kill()
  await t.rejects(cache.get(key), /not connected|connection was lost/)
  await until('the subscription is known to be lost', () => states.length === 2)
  await setup.failOver()
  await until('a new master', () => cache.put(key, at(2), bytes('two'), LIFE_MS).then(() => true))
  t.equal(await textAt(cache, key), 'two')
  await until('it listens again', () => states.length === 3)
  await cache.publish(bytes('said'))
  await until('messages arrive', () => heard.length === 1)
  t.strictSame([states, heard], [[true, false, true], ['said']])
  t.ok(errors.length > 0 && errors.length < 6, errors.join('\n'))

  await t.test('and not back to the old one, which still acts as a master', async t => {
    await setup.master.restart()
    const master = new Redis(setup.replica.port)
    t.teardown(() => master.disconnect())
    for (const type of ['normal', 'pubsub']) await master.call('CLIENT', 'KILL', 'TYPE', type)
    await until('it listens again', () => states.length === 5)
    await until('it finds what it knew', async () => (await textAt(cache, key)) === 'two')
  })
})

t.test('RedisCache reports that no Sentinel answers', async t => {
  const cache = new RedisCache(
    {
      nodes: [{ host: '127.0.0.1', port: 1 }],
      sentinel: 'ews',
      database: 0,
      tls: false,
    },
    unhurried(),
  )
  await t.rejects(cache.ping(), /^Redis at ews of 127\.0\.0\.1:1: All sentinels are unreachable/)
  await cache.close()
})
