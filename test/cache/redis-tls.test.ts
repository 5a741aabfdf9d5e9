import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { RedisCache } from '../../src/cache/redis.ts'
import { lend } from '../kit/services/lend.ts'
import { noRedis, RedisServer } from '../kit/services/redis.ts'
import { until } from '../kit/until.ts'
import { unhurried } from './real-redis.ts'
import { at, bytes, newKey, textAt } from './suite.ts'

const noOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

/** A certificate that vouches for itself, and its key: files. */
function certificateOf(folder: string, name: string, subject: string) {
  const [privateKey, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-x509']
  const files = ['-keyout', privateKey, '-out', certificate, '-days', '2']
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${subject}`]
  execFileSync('openssl', ['req', ...key, ...names, ...files], { stdio: 'pipe' })
  return { privateKey, certificate }
}

t.test('R22 RedisCache with TLS', { skip: noRedis || noOpenssl }, async t => {
  const folder = t.testdir({})
  const loopback = certificateOf(folder, 'loopback', 'IP:127.0.0.1')
  const stranger = certificateOf(folder, 'stranger', 'IP:127.0.0.1')
  const server = await lend(t, RedisServer.start([], loopback))
  const authority = ({ certificate }: typeof loopback) => readFileSync(certificate, 'utf8')
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
    const cache = connect(t, { ca: authority(loopback) })
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
      { ca: authority(stranger) },
      '127.0.0.1',
      /self-signed certificate[^;]*$/,
    ],
    ['the authorities of Node.js', {}, '127.0.0.1', /self-signed certificate[^;]*$/],
    ['another name', { ca: authority(loopback) }, 'localhost', /does not match certificate's alt/],
    ['no TLS', false, '127.0.0.1', /Redis at/],
  ] as const)
    await t.test(`rejects ${what}`, async t => {
      const cache = connect(t, tls, host)
      await t.rejects(cache.ping(), message)
      await t.rejects(cache.get(newKey()), /not connected/)
    })

  await t.test('an invalid certificate is an error at start', async t => {
    const broken = authority(loopback).replaceAll('A', 'B')
    for (const ca of ['', 'no certificate', broken]) t.throws(() => connect(t, { ca }), Error)
  })
})
