/**
 * How a connection to Redis is configured, and which of its problems it reports. The address has no server.
 */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { mock } from 'node:test'
import { Redis, ReplyError } from 'ioredis'
import t, { type Test } from 'tap'
import { RedisCache } from '../../src/cache/redis.ts'
import { Connection, type RedisCacheOptions } from '../../src/cache/redis-connection.ts'

const NODES = [
  { host: '127.0.0.1', port: 1 },
  { host: '127.0.0.2', port: 2 },
]
const OPTIONS: RedisCacheOptions = { nodes: NODES, database: 3, tls: false }
const LIMITS = { connectMs: 70_000, silenceMs: 60_000 }

function connect(t: Test, more: Partial<RedisCacheOptions> = {}) {
  const connection = new Connection({ ...OPTIONS, ...more }, LIMITS)
  // Its own errors would come between those of the test.
  connection.redis.removeAllListeners('error').on('error', () => undefined)
  t.teardown(() => connection.close())
  return connection
}

t.test('Connection sends each command at most once, within its limits', async t => {
  const { retryStrategy, sentinelRetryStrategy, reconnectOnError, ...options } =
    connect(t).redis.options
  t.match(options, {
    connectionName: 'ews-gateway',
    disableClientInfo: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    disconnectTimeout: 0,
    keepAlive: 5_000,
    connectTimeout: 70_000,
    maxLoadingRetryTime: 70_000,
    socketTimeout: 60_000,
    sentinelCommandTimeout: 60_000,
  })
  for (const strategy of [retryStrategy, sentinelRetryStrategy])
    t.strictSame(
      [1, 2, 9, 10, 11].map(attempt => strategy?.(attempt)),
      [50, 100, 450, 500, 500],
    )
  t.equal(reconnectOnError?.(new Error("READONLY You can't write")), true)
  t.equal(reconnectOnError?.(new Error('OOM READONLY')), false)
})

const CA = readFileSync(
  new URL('../../fixtures/certificates/alternative-names.pem', import.meta.url),
  'utf8',
)
const SENTINELS = { sentinels: NODES, name: 'ews', db: 3 }

for (const [what, more, expected, absent] of [
  [
    'one server',
    {},
    { host: '127.0.0.1', port: 1, db: 3 },
    ['tls', 'sentinelTLS', 'username', 'password'],
  ],
  [
    'an account',
    { username: 'gateway', password: 'secret' },
    { username: 'gateway', password: 'secret' },
    ['tls'],
  ],
  ['TLS', { tls: {} }, { tls: { rejectUnauthorized: true } }, ['sentinelTLS']],
  [
    'TLS with an authority',
    { tls: { ca: CA } },
    { tls: { rejectUnauthorized: true, secureContext: {} } },
    [],
  ],
  ['Sentinels', { sentinel: 'ews' }, SENTINELS, ['tls', 'sentinelTLS', 'username', 'password']],
  [
    'Sentinels with TLS',
    { sentinel: 'ews', tls: { ca: CA }, password: 'secret' },
    {
      ...SENTINELS,
      password: 'secret',
      enableTLSForSentinelMode: true,
      tls: { rejectUnauthorized: true, secureContext: {} },
      sentinelTLS: { rejectUnauthorized: true, secureContext: {} },
    },
    ['sentinelPassword'],
  ],
] as const)
  t.test(`Connection connects to ${what}`, async t => {
    const { options } = connect(t, more).redis
    t.match(options, expected)
    const given: Readonly<Record<string, unknown>> = { ...options }
    t.strictSame(
      absent.filter(name => given[name]),
      [],
    )
  })

t.test('errorOf() names the servers and the problem, without its cause', async t => {
  const lost = Object.assign(new Error('Reached the max retries per request limit'), {
    name: 'MaxRetriesPerRequestError',
  })
  const refused = [1, 2, 2].map(port => new Error(`connect ECONNREFUSED 127.0.0.1:${port}`))
  const connection = connect(t)
  const where = 'Redis at 127.0.0.1:1, 127.0.0.2:2'
  for (const [error, message] of [
    [new Error('Connection is closed.'), 'Connection is closed.'],
    [new ReplyError('WRONGPASS invalid'), 'it answered: WRONGPASS invalid'],
    [lost, 'the connection was lost'],
    [
      new AggregateError(refused, ''),
      'connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED 127.0.0.1:2',
    ],
    ['cannot be reached', 'cannot be reached'],
  ] as const) {
    const told = connection.errorOf(error)
    t.equal(told.message, `${where}: ${message}`)
    t.notOk('cause' in told)
  }
  const named = connect(t, { sentinel: 'ews' })
  t.equal(named.errorOf('x').message, 'Redis at ews of 127.0.0.1:1, 127.0.0.2:2: x')
})

t.test('failed() reports a problem once, and again after the connection worked', async t => {
  const errors: string[] = []
  const connection = connect(t, { onError: ({ message }) => errors.push(message.slice(-1)) })
  for (const problem of ['a', 'b']) t.match(connection.failed(problem).message, problem)
  connection.works()
  connection.failed('c')
  t.strictSame(errors, ['a', 'c'])
  t.notOk(connection.isReady)
})

t.test('close() waits for the end of a connection that Redis has not answered yet', async t => {
  const server = createServer(socket => socket.resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connection = connect(t, { nodes: [{ host: '127.0.0.1', port }] })
  const { redis } = connection
  await once(redis, 'connect')
  let isEnded = false
  redis.once('end', () => {
    isEnded = true
  })
  await connection.close()
  t.ok(isEnded)
  server.close()
})

t.test('RedisCache waits as long for Redis as its limits say', async t => {
  t.teardown(() => mock.restoreAll())
  const connected = mock.method(Redis.prototype, 'connect', async () => undefined)
  const timeout = mock.method(AbortSignal, 'timeout', () => AbortSignal.abort())
  const cache = new RedisCache(OPTIONS)
  t.match(connected.mock.calls, [
    { this: { options: { connectTimeout: 1_000, socketTimeout: 500 } } },
  ])
  await t.rejects(cache.ping(), /cannot be reached/)
  t.match(timeout.mock.calls, [{ arguments: [1_000] }])
})
