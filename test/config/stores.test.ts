import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { makeSelfSigned } from '../../src/cli/init/self-signed.ts'
import { CACHE_FORM } from '../../src/config/cache-url.ts'
import { ConfigError, loadConfig } from '../../src/config/load.ts'
import { printConfig } from '../../src/config/print.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { STORE_FORM } from '../../src/config/store-url.ts'
import { Secret } from '../../src/model/secret.ts'

const PASSWORD = 'correct-horse-battery'
const NOW = Date.UTC(2026, 0, 1)
const CERTIFICATE = makeSelfSigned({
  dnsNames: ['db.example.com'],
  addresses: [],
  from: new Date(NOW),
  until: new Date(NOW + 30 * 86_400_000),
}).certificate.trimEnd()
const folder = t.testdir({
  'store.password': `${PASSWORD}\n`,
  'two.password': 'one\ntwo\n',
  'ca.crt': `${CERTIFICATE}\n`,
  password: 'p',
})

const DESCRIBED = [
  { names: 'DNS:db.example.com', expires: '2026-01-31, in 30 days', issuer: 'self-signed' },
]

type ConfigSource = Readonly<Pick<ConfigInput, 'store' | 'cache'>>

function load(given: ConfigSource, env: Readonly<Record<string, string>> = {}) {
  const organizations: ConfigInput['organizations'] = [
    {
      id: 'm-0123456789abcdef0123456789abcdef',
      alias: 'example',
      upstream: {
        url: 'https://mail.example.com/EWS/Exchange.asmx',
        authentication: { kind: 'basic', username: 'svc', password: { file: 'password' } },
        serviceAddresses: ['svc@example.com'],
      },
    },
  ]
  // As a file has it: mappings of an override would be merged into those of the environment.
  return loadConfig({
    env: { ...variablesOf(given), ...env },
    cwd: folder,
    overrides: { organizations },
  })
}

const variablesOf = (tree: object, above = 'EWS_GATEWAY'): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) => {
      const name = `${above}${above === 'EWS_GATEWAY' ? '_' : '__'}${key.toUpperCase()}`
      return typeof value === 'object'
        ? Object.entries(variablesOf(value, name))
        : [[name, JSON.stringify(value)]]
    }),
  )

function mistakes(given: ConfigSource): readonly string[] {
  try {
    load(given)
    return []
  } catch (error) {
    if (error instanceof ConfigError)
      return error.mistakes.map(mistake => mistake.replace(/ \(set by [^)]*\)/, ''))
    throw error
  }
}

const LOCAL = {
  kind: 'postgres',
  host: '127.0.0.1',
  port: 5432,
  database: 'ews',
  user: 'gateway',
  tls: false,
} as const
const REDIS = {
  kind: 'redis',
  nodes: [{ host: 'cache', port: 6379 }],
  database: 0,
  tls: false,
} as const

for (const [store, expected] of [
  ['sqlite:/srv/x.db', { kind: 'sqlite', file: '/srv/x.db' }],
  ['postgres://gateway@127.0.0.1/ews', LOCAL],
  ['postgresql://gateway@127.0.0.1/ews', LOCAL],
  ['postgres://gateway@localhost:5433/ews', { ...LOCAL, host: 'localhost', port: 5433 }],
  ['postgres://gateway@[::1]:5433/ews', { ...LOCAL, host: '::1', port: 5433 }],
  ['postgres://gateway@[::1]/ews', { ...LOCAL, host: '::1' }],
  ['postgres://gateway@db.example.com/ews', { ...LOCAL, host: 'db.example.com', tls: {} }],
  ['postgres://gateway@127.0.0.1.example.com/ews', { host: '127.0.0.1.example.com', tls: {} }],
  ['postgres://gateway@db/ews?sslmode=disable', { ...LOCAL, host: 'db' }],
  ['postgres://gateway@db/ews?sslmode=verify-full', { ...LOCAL, host: 'db', tls: {} }],
  ['postgres://gateway@localhost/ews?sslmode=verify-full', { host: 'localhost', tls: {} }],
  ['postgres://a%40b:c%2Fd%40@localhost/e%20f', { user: 'a@b', database: 'e f' }],
  [{ url: 'postgres://gateway@127.0.0.1/ews' }, LOCAL],
  [
    { url: 'postgres://gateway@db/ews', ca: { file: 'ca.crt' } },
    { ...LOCAL, host: 'db', tls: { ca: CERTIFICATE } },
  ],
] as const) {
  t.match(load({ store }).store, expected, `loadConfig() takes the store ${inspect(store)}`)
}

for (const [cache, expected] of [
  ['memory', { kind: 'memory' }],
  ['redis://cache', REDIS],
  ['redis://cache:6380/3', { ...REDIS, nodes: [{ host: 'cache', port: 6380 }], database: 3 }],
  ['redis://cache/', REDIS],
  ['rediss://cache', { ...REDIS, tls: {} }],
  ['rediss://127.0.0.1', { nodes: [{ host: '127.0.0.1', port: 6379 }], tls: {} }],
  [
    { url: 'rediss://cache', ca: { file: 'ca.crt' } },
    { ...REDIS, tls: { ca: CERTIFICATE } },
  ],
  [
    'redis+sentinel://one,two:1,[::1]:2/main',
    {
      ...REDIS,
      nodes: [
        { host: 'one', port: 26379 },
        { host: 'two', port: 1 },
        { host: '::1', port: 2 },
      ],
      sentinel: 'main',
    },
  ],
  ['rediss+sentinel://one/main', { sentinel: 'main', tls: {} }],
] as const) {
  t.match(load({ cache }).cache, expected, `loadConfig() takes the cache ${inspect(cache)}`)
}

for (const [what, given, user] of [
  ['in the URL', `redis://:${PASSWORD}@cache`, undefined],
  ['and a user in the URL', `redis://ann:${PASSWORD}@cache`, 'ann'],
  ['beside it', { url: 'redis://ann@cache', password: { file: 'store.password' } }, 'ann'],
] as const) {
  const { cache } = load({ cache: given })
  if (cache.kind !== 'redis') throw new Error('It is a Redis')
  t.equal(cache.password?.reveal(), PASSWORD, `loadConfig() takes a password ${what}`)
  t.equal(cache.username, user)
}

t.test('loadConfig() replaces any store by one from the environment', async t => {
  const env = { EWS_GATEWAY_STORE: `postgres://gateway:${PASSWORD}@127.0.0.1/ews` }
  t.match(load({}, env).store, { ...LOCAL, password: Secret })
})

const NO_TLS = 'has no effect without TLS. Remove it, or use a url with TLS'
const KNOWN = 'is an unknown key. Known keys: url, password, ca'
const file = (name: string) => ({ file: name })

for (const [what, given, expected] of [
  ['another store', { store: 'mysql://u@db/x' }, [`store: must be ${STORE_FORM}`]],
  ['a store without a path', { store: 'sqlite:' }, [`store: must be ${STORE_FORM}`]],
  ['a raw @ in a password', { store: 'postgres://u:a@b@db/x' }, [`store: must be ${STORE_FORM}`]],
  ['a broken %', { store: 'postgres://u%zz@db/x' }, [`store: must be ${STORE_FORM}`]],
  ['a line end by %', { store: 'postgres://u%0a@db/x' }, [`store: must be ${STORE_FORM}`]],
  ['port 0', { store: 'postgres://u@db:0/x' }, [`store: must be ${STORE_FORM}`]],
  ['port 65536', { store: 'postgres://u@db:65536/x' }, [`store: must be ${STORE_FORM}`]],
  ['a fragment', { store: 'postgres://u@db/x#y' }, [`store: must be ${STORE_FORM}`]],
  [
    'all that can be wrong with a URL',
    { store: { url: 'postgres://db,db2?sslmode=require&options=x' } },
    [
      'store.url: must name exactly one host: the primary server',
      'store.url: must name the user, such as postgres://USER@HOST/DATABASE',
      'store.url: must name the database, such as postgres://USER@HOST/DATABASE',
      'store.url: must have the sslmode verify-full, or disable for an unencrypted connection',
      'store.url: must have no parameter other than sslmode',
    ],
  ],
  [
    'a mapping with mistakes',
    { store: { password: file('two.password'), certificate: 'x' } },
    [
      `store.url: is missing: it must be ${STORE_FORM}`,
      'store.password: must refer to a password on one line',
      `store.certificate: ${KNOWN}`,
    ],
  ],
  [
    'two passwords',
    { store: { url: 'postgres://u:p@db/x', password: file('store.password') } },
    ['store.password: is also in the url. Remove one of the two'],
  ],
  [
    'a password for a file',
    { store: { url: 'sqlite:x.db', password: file('store.password'), ca: file('ca.crt') } },
    ['store.password: has no effect with this url. Remove it', `store.ca: ${NO_TLS}`],
  ],
  [
    'an authority without TLS',
    { cache: { url: 'redis://cache', ca: file('ca.crt') } },
    [`cache.ca: ${NO_TLS}`],
  ],
  ['another cache', { cache: 'memcached://cache' }, [`cache: must be ${CACHE_FORM}`]],
  [
    'a number',
    { cache: 7 as never },
    [`cache: must be ${CACHE_FORM}; or a mapping of url, password, ca`],
  ],
  [
    'a database by name, and parameters',
    { cache: 'redis://cache/main?db=1' },
    [
      'cache: must have no path, or the number of a database, such as redis://HOST:PORT/0',
      'cache: must have no parameters',
    ],
  ],
  [
    'two servers',
    { cache: 'redis://one,two' },
    ['cache: must name one host, or be redis+sentinel://HOST:PORT,HOST:PORT/MASTER'],
  ],
  [
    'Sentinels of nobody',
    { cache: 'redis+sentinel://one,two' },
    [
      'cache: must name the master that the Sentinels watch, such as redis+sentinel://HOST:PORT,HOST:PORT/MASTER',
    ],
  ],
  [
    'mistakes in both',
    { store: 'x', cache: 'y' },
    [`store: must be ${STORE_FORM}`, `cache: must be ${CACHE_FORM}`],
  ],
] as readonly [string, ConfigSource, readonly string[]][]) {
  t.strictSame(mistakes(given), expected, `loadConfig() refuses ${what}`)
}

const [POSTGRES, REDIS_TLS] = [
  `postgres://gateway:${PASSWORD}@db/x`,
  `rediss://:${PASSWORD}@cache/2`,
]
const hidden = '[secret]'

for (const [what, given, expected] of [
  [
    'passwords',
    { store: POSTGRES, cache: REDIS_TLS },
    {
      store: { url: 'postgres://gateway@db:5432/x?sslmode=verify-full', password: hidden },
      cache: { url: 'rediss://cache:6379/2', password: hidden },
    },
  ],
  [
    'Sentinels',
    { cache: `redis+sentinel://ann:${PASSWORD}@one:1,[::1]:2/main` },
    { cache: { url: 'redis+sentinel://ann@one:1,[::1]:2/main', password: hidden } },
  ],
  [
    'an authority',
    { store: { url: 'postgres://a%40b@[::1]:1/x%2Fy?sslmode=verify-full', ca: file('ca.crt') } },
    { store: { url: 'postgres://a%40b@[::1]:1/x%2Fy?sslmode=verify-full', ca: DESCRIBED } },
  ],
  [
    'neither',
    { store: 'postgres://gateway@localhost/x', cache: 'rediss+sentinel://one/main' },
    {
      store: 'postgres://gateway@localhost:5432/x?sslmode=disable',
      cache: 'rediss+sentinel://one:26379/main',
    },
  ],
] as readonly [string, ConfigSource, object][]) {
  t.test(`P8 printConfig() writes the configuration without a secret: ${what}`, async t => {
    const config = load(given)
    const printed = printConfig(config, NOW)
    t.match(parse(printed), expected)
    for (const text of [printed, JSON.stringify(config), inspect(config, { depth: 9 })])
      t.notMatch(text, PASSWORD)
  })
}

t.test(
  'loadConfig() returns a store or a mistake for any text, and never quotes the text',
  async t => {
    const part = fc.constantFrom(
      ...'postgres redis sqlite : :// @ / ? # , % %00 [ ] ::1 1 memory +sentinel'.split(' '),
    )
    const text = fc.array(part, { maxLength: 9 }).map(parts => `${parts.join('')}~secret~`)
    const { failed, counterexample } = fc.check(
      fc.property(
        text,
        text,
        (store, cache) => !mistakes({ store, cache }).join().includes('~secret~'),
      ),
      { numRuns: 300 },
    )
    t.notOk(failed, JSON.stringify(counterexample))
  },
)
