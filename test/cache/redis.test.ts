import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { RedisCache } from '../../src/cache/redis.ts'
import { lend } from '../kit/services/lend.ts'
import { noRedis, RedisServer } from '../kit/services/redis.ts'
import { until } from '../kit/until.ts'
import { passIn, unhurried } from './real-redis.ts'
import { at, bytes, cacheSuite, newKey, textAt } from './suite.ts'

const LIFE_MS = 60_000
const MAX_BYTES = 4 * 1_024 * 1_024

const optionsOf = (port: number) => ({
  nodes: [{ host: '127.0.0.1', port }],
  database: 0,
  tls: false as const,
})

async function connected(t: Test, cache: RedisCache): Promise<RedisCache> {
  t.teardown(() => cache.close())
  await cache.ping()
  return cache
}

t.test('RedisCache', { skip: noRedis }, async t => {
  const server = await lend(t, RedisServer.start())
  const options = optionsOf(server.port)
  const cache = await connected(t, new RedisCache(options, unhurried()))
  const other = await connected(t, new RedisCache(options, unhurried()))
  const raw = new Redis(server.port)
  t.teardown(() => raw.disconnect())
  const nameOf = ({ organization, subject }: ReturnType<typeof newKey>) =>
    `ews:{${organization}}:${subject}`

  await t.test('meets the contract of a cache', t =>
    cacheSuite(t, { cache, other, pass: passIn(t, server.port) }),
  )

  await t.test('an entry is a hash with an expiry, under a key of its organization', async t => {
    const key = newKey()
    await cache.put(key, at(7, 'one'), bytes('sealed'), LIFE_MS)
    t.strictSame(await raw.hgetall(nameOf(key)), { e: 'one', v: '7', d: 'sealed' })
    await cache.writeTombstones([key], at(8, 'two'), LIFE_MS)
    t.strictSame(await raw.hgetall(nameOf(key)), { e: 'two', v: '8' })
    const lifeMs = await raw.pttl(nameOf(key))
    t.ok(lifeMs > 0 && lifeMs <= LIFE_MS, `${lifeMs} ms`)
  })

  for (const [what, plant] of [
    ['a string', name => raw.set(name, 'x', 'PX', LIFE_MS)],
    ['a list', name => raw.rpush(name, 'x').then(() => raw.pexpire(name, LIFE_MS))],
    ['a hash of other fields', name => hash(name, { x: 'y' })],
    ['no epoch', name => hash(name, { v: '9', d: 'x' })],
    ['no version', name => hash(name, { e: 'epoch-1', d: 'x' })],
    ['no end', name => raw.hset(name, { e: 'epoch-1', v: '9', d: 'x' })],
    ['a tombstone without an end', name => raw.hset(name, { e: 'epoch-1', v: '9' })],
  ] satisfies [string, (name: string) => Promise<unknown>][])
    await t.test(`P6 ${what} is a cache miss, and is replaced`, async t => {
      const [putTo, deleted] = [newKey(), newKey()]
      for (const key of [putTo, deleted]) {
        await plant(nameOf(key))
        t.equal(await cache.get(key), undefined)
      }
      await cache.put(putTo, at(1), bytes('one'), LIFE_MS)
      t.equal(await textAt(cache, putTo), 'one')
      await cache.writeTombstones([deleted], at(1), LIFE_MS)
      t.strictSame(await raw.hgetall(nameOf(deleted)), { e: 'epoch-1', v: '1' })
      t.ok((await raw.pttl(nameOf(deleted))) > 0)
    })

  for (const version of [
    '',
    'x',
    '-1',
    '1.5',
    '0x9',
    '1e3',
    'inf',
    'nan',
    ' 9',
    '9'.repeat(16),
    '9\n',
  ])
    await t.test(`P6 a version ${JSON.stringify(version)} does not prevent a put`, async t => {
      const [putTo, deleted] = [newKey(), newKey()]
      for (const key of [putTo, deleted])
        await hash(nameOf(key), { e: 'epoch-1', v: version, d: 'forged' })
      await cache.put(putTo, at(1), bytes('one'), LIFE_MS)
      t.equal(await textAt(cache, putTo), 'one')
      await cache.writeTombstones([deleted], at(1), LIFE_MS)
      t.equal(await cache.get(deleted), undefined)
    })

  await t.test('P6 more than 4 MiB are a cache miss and are not put, 4 MiB are', async t => {
    const [forged, tooLong, longest] = [newKey(), newKey(), newKey()]
    const sealed = Buffer.alloc(MAX_BYTES + 1)
    await hash(nameOf(forged), { e: 'epoch-1', v: '1', d: sealed })
    t.equal(await cache.get(forged), undefined)
    await cache.put(tooLong, at(1), sealed, LIFE_MS)
    t.equal(await raw.exists(nameOf(tooLong)), 0)

    await cache.put(longest, at(1), sealed.subarray(1), LIFE_MS)
    t.equal((await cache.get(longest))?.sealed.length, MAX_BYTES)
  })

  await t.test('P6 the latest possible expiry is still in the future', async t => {
    const key = newKey()
    await raw.hset(nameOf(key), { e: 'epoch-1', v: '1', d: 'x' })
    await raw.call('PEXPIREAT', nameOf(key), '9223372036854775807')
    t.equal((await cache.get(key))?.lifeMs, 2 ** 52)
  })

  await t.test('scripts that Redis forgot are sent again', async t => {
    const key = newKey()
    await raw.script('FLUSH')
    await cache.put(key, at(1), bytes('one'), LIFE_MS)
    await raw.script('FLUSH')
    await cache.writeTombstones([key], at(2), LIFE_MS)
    await raw.script('FLUSH')
    t.equal(await cache.get(key), undefined)
  })

  await t.test('at most 250 tombstones are written by one script', async t => {
    const scripts = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await raw.info('commandstats'))?.[1])
    for (const [count, calls] of [
      [250, 1],
      [251, 2],
    ] as const) {
      const before = await scripts()
      await cache.writeTombstones(Array.from({ length: count }, newKey), at(1), LIFE_MS)
      t.equal((await scripts()) - before, calls, `${count} keys`)
    }
  })

  await t.test('a TTL is sent in whole milliseconds, at least one', async t => {
    const monitor = await raw.monitor()
    t.teardown(() => monitor.disconnect())
    const sent: string[][] = []
    monitor.on('monitor', (_time: string, call: string[]) => sent.push(call))
    for (const [lifeMs, ttl] of [
      [0.25, '1'],
      [2.75, '2'],
    ] as const) {
      const key = newKey()
      await cache.put(key, at(7, 'one'), bytes('sealed'), lifeMs)
      const call = () => sent.find(each => each.includes(nameOf(key)))
      await until('Redis shows the call', () => call() !== undefined)
      t.strictSame(call()?.slice(2), ['1', nameOf(key), 'one', '7', ttl, 'sealed'])
    }
  })

  await t.test('an answer ends the wait for it', async t => {
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    for (let n = 0; n < 3; n += 1) await cache.get(newKey())
    t.ok(timers() <= before)
  })

  await t.test('databases are apart', async t => {
    const apart = await connected(t, new RedisCache({ ...options, database: 3 }, unhurried()))
    const key = newKey()
    await apart.put(key, at(1), bytes('three'), LIFE_MS)
    t.equal(await textAt(cache, key), undefined)
    t.equal(await textAt(apart, key), 'three')
  })

  const account = (name: string, ...may: string[]) =>
    raw.call('ACL', 'SETUSER', name, 'on', `>${name}-password`, '~ews:*', ...may)

  await t.test('an account needs no more permissions than docs/architecture.md lists', async t => {
    const page = readFileSync('docs/architecture.md', 'utf8')
    const [, list = ''] =
      /The account needs[^.]*?`ews:changes`, and the commands (`hello`[^.]*)\./.exec(page) ?? []
    const commands = [...list.matchAll(/`([^`]+)`/g)].map(([, command]) => `+${command}`)
    await account('gateway', '&ews:changes', ...commands)
    const login = { ...options, database: 1, username: 'gateway', password: 'gateway-password' }
    const errors: string[] = []
    const onError = ({ message }: Error) => errors.push(message)
    const cache = await connected(t, new RedisCache({ ...login, onError }, unhurried()))
    const [key, heard] = [newKey(), [] as string[]]
    let up = false
    cache.listen({
      message: message => heard.push(Buffer.from(message).toString()),
      state: now => {
        up = now
      },
    })
    await cache.put(key, at(1), bytes('one'), LIFE_MS)
    t.equal(await textAt(cache, key), 'one')
    await cache.writeTombstones([key], at(2), LIFE_MS)
    await until('it listens', () => up)
    await cache.publish(bytes('said'))
    await until('it receives messages', () => heard.length > 0)
    t.strictSame(errors, [])
  })

  await t.test('P8 a rejected password is reported without the password', async t => {
    await account('known', '+@all')
    const login = { ...options, username: 'known', password: 'wrong-password' }
    const errors: unknown[] = []
    const onError = (error: Error) => errors.push(error)
    const unknown = new RedisCache({ ...login, onError }, unhurried())
    t.teardown(() => unknown.close())
    const refused = await unknown.ping().catch((error: unknown) => error)
    t.match(refused, { message: /^Redis at 127\.0\.0\.1:\d+: it answered: WRONGPASS/ })
    t.match(await unknown.get(newKey()).catch((error: unknown) => error), /not connected/)
    const refusals = async () =>
      /errorstat_WRONGPASS:count=(\d+)/.exec(await raw.info('errorstats'))
    await until('it tries again and again', async () => Number((await refusals())?.[1]) > 3)
    t.equal(errors.length, 1, 'reported once')
    t.notMatch(inspect([refused, errors], { depth: 9, showHidden: true }), 'wrong-password')
  })

  await t.test('ping() and listen() report missing permissions of the account', async t => {
    await account('few', '+hello', '+client', '+info', '+ping')
    const errors: string[] = []
    const onError = ({ message }: Error) => errors.push(message)
    const login = { ...options, username: 'few', password: 'few-password' }
    const cache = new RedisCache({ ...login, onError }, unhurried())
    t.teardown(() => cache.close())
    await t.rejects(cache.ping(), /it answered: NOPERM/)
    const states: boolean[] = []
    cache.listen({ message: () => undefined, state: up => states.push(up) })
    await until('it is reported', () => errors.length > 0)
    t.match(errors, [/NOPERM.*subscribe/])
    t.strictSame(states, [])
  })

  await t.test(
    'an error response is a failure, after which Redis is not used for a while',
    async t => {
      let nowMs = 0
      const errors: string[] = []
      const onError = ({ message }: Error) => errors.push(message)
      const cache = await connected(
        t,
        new RedisCache({ ...options, onError }, { ...unhurried(), elapsed: () => nowMs }),
      )
      await raw.config('SET', 'maxmemory', '1')
      const full = () => cache.put(newKey(), at(1), bytes('one'), LIFE_MS)
      await t.rejects(full(), /it answered: OOM/)
      await raw.config('SET', 'maxmemory', '0')
      await t.rejects(cache.get(newKey()), /not used shortly after a failure/)
      await t.rejects(cache.put(newKey(), at(1), bytes('one'), LIFE_MS), /shortly after a failure/)
      await t.rejects(cache.writeTombstones([newKey()], at(1), LIFE_MS), /shortly after a failure/)
      await t.rejects(cache.publish(bytes('x')), /shortly after a failure/)
      nowMs = 999
      await t.rejects(cache.get(newKey()), /shortly after a failure/)
      nowMs = 1_000
      t.equal(await cache.get(newKey()), undefined)
      t.match(errors, [/OOM/])
    },
  )

  await t.test(
    'a server that became a replica is left for the address that its name has now',
    async t => {
      await account('demoted', '+@all')
      const login = { ...options, username: 'demoted', password: 'demoted-password' }
      const cache = await connected(t, new RedisCache(login, unhurried()))
      const connections = async () =>
        String(await raw.client('LIST'))
          .split('\n')
          .filter(line => line.includes('user=demoted'))
      const [before] = await connections()
      await raw.replicaof('127.0.0.1', 1)
      t.teardown(() => raw.replicaof('NO', 'ONE'))
      await t.rejects(cache.put(newKey(), at(1), bytes('one'), LIFE_MS), /it answered: READONLY/)
      await until('another connection', async () => {
        const now = await connections()
        return now.length === 1 && now[0]?.split(' ')[0] !== before?.split(' ')[0]
      })
    },
  )

  await t.test('after close() all reject, and no connection is left', async t => {
    const cache = new RedisCache(options, { ...unhurried(), pingMs: 1_000 })
    const states: boolean[] = []
    cache.listen({ message: () => undefined, state: up => states.push(up) })
    await until('it is connected', () => cache.ping().then(() => true))
    await until('it listens', () => states.length === 1)
    await cache.close()
    t.strictSame(states, [true, false])
    await t.rejects(cache.get(newKey()), /not connected/)
    await t.rejects(cache.ping(), /cannot be reached/)
  })

  function hash(name: string, fields: Record<string, string | Buffer>) {
    return raw.multi().hset(name, fields).pexpire(name, LIFE_MS).exec()
  }
})
