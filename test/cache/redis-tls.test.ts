import { join } from 'node:path'
import t, { type Test } from 'tap'
import { RedisCache } from '../../src/cache/redis.ts'
import { makeCertificates, tlsConfigOf } from '../kit/certificates.ts'
import { lend } from '../kit/services/lend.ts'
import { noRedis, RedisServer } from '../kit/services/redis.ts'
import { until } from '../kit/until.ts'
import { unhurried } from './real-redis.ts'
import { at, bytes, newKey, textAt } from './suite.ts'

const NAME = 'redis'

/** Makes an authority, and a certificate for 127.0.0.1 that it has signed. */
function certificateOf(folder: string) {
  const ca = makeCertificates(folder, [{ name: NAME, alternative: 'IP:127.0.0.1' }])('ca.crt')
  const { certificate, privateKey } = tlsConfigOf(folder, NAME)
  return { ca, certificate: certificate.file, privateKey: privateKey.file }
}

t.test('R22 RedisCache with TLS', { skip: noRedis }, async t => {
  const folder = t.testdir({ stranger: {} })
  const loopback = certificateOf(folder)
  const stranger = certificateOf(join(folder, 'stranger'))
  const server = await lend(t, RedisServer.start([], loopback))
  const connect = (t: Test, tls: false | { ca?: string }, host = '127.0.0.1') => {
    const cache = new RedisCache(
      { nodes: [{ host, port: server.port }], database: 0, tls },
      // A server with TLS doesn't answer a client without.
      { ...unhurried(), ...(tls === false && { pingMs: 1_000 }) },
    )
    t.teardown(() => cache.close())
    return cache
  }

  await t.test('accepts the configured authority', async t => {
    const cache = connect(t, { ca: loopback.ca })
    const heard: string[] = []
    const states: boolean[] = []
    cache.listen({
      message: message => heard.push(Buffer.from(message).toString()),
      state: up => states.push(up),
    })
    await cache.ping()
    const key = newKey()
    await cache.put(key, at(1), bytes('one'), 60_000)
    t.equal(await textAt(cache, key), 'one')
    await until('it listens', () => states.length === 1)
    await cache.publish(bytes('said'))
    await until('it receives messages', () => heard.length === 1)
  })

  for (const [what, tls, host, message] of [
    [
      'another authority',
      { ca: stranger.ca },
      '127.0.0.1',
      /unable to verify the first certificate[^;]*$/,
    ],
    ['the authorities of Node.js', {}, '127.0.0.1', /unable to verify the first certificate[^;]*$/],
    ['another name', { ca: loopback.ca }, 'localhost', /does not match certificate's alt/],
    ['no TLS', false, '127.0.0.1', /Redis at/],
  ] as const)
    await t.test(`rejects ${what}`, async t => {
      const cache = connect(t, tls, host)
      await t.rejects(cache.ping(), message)
      await t.rejects(cache.get(newKey()), /not connected/)
    })

  await t.test('an invalid certificate is an error at start', async t => {
    const broken = loopback.ca.replaceAll('A', 'B')
    for (const ca of ['', 'no certificate', broken]) t.throws(() => connect(t, { ca }), Error)
  })
})
