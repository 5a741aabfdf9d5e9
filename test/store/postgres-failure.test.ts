import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { Failure } from '../../src/model/failure.ts'
import { Secret } from '../../src/model/secret.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { lend } from '../kit/services/lend.ts'
import { freezeAll, PostgresServer, withoutPostgres } from '../kit/services/postgres.ts'
import { FaultProxy } from '../kit/services/proxy.ts'
import { createStoreDatabase } from '../kit/services/shared-postgres.ts'
import { until } from '../kit/until.ts'
import { organization, role } from './samples.ts'

/** Connections of those who decide. */
const READERS = 8
const FAILURE = { name: 'Failure', reason: 'policy-unavailable' }

/** More calls than there are connections, at once: reads, and changes between them. */
function callAll(store: Store, count: number): Promise<PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(
    Array.from({ length: count }, (_, n) =>
      n % 10 === 0
        ? store.putRole({ ...role, description: `${n}` })
        : store.role(organization, role.id),
    ),
  )
}

/** Those that failed otherwise than the port promises. */
const strange = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes
    .filter(outcome => outcome.status === 'rejected')
    .map(({ reason }) => reason as unknown)
    .filter(error => !(error instanceof Failure && error.reason === 'policy-unavailable'))

async function allFail(t: Test, store: Store, count: number) {
  const outcomes = await callAll(store, count)
  const failed = outcomes.filter(({ status }) => status === 'rejected')
  t.equal(failed.length, count, `${count} calls fail`)
  t.strictSame(strange(outcomes), [])
}

/** Calls until all work, because on a busy machine an answer may be late. None fails for another reason. */
async function allWork(t: Test, store: Store, count: number) {
  await until(`${count} calls work`, async () => {
    const outcomes = await callAll(store, count)
    const failed = outcomes.filter(outcome => outcome.status === 'rejected')
    const reasons = failed.map(({ reason }) => String(reason))
    t.strictSame(
      reasons.filter(reason => !LATE.test(reason)),
      [],
      `${count} calls work`,
    )
    return failed.length === 0
  })
}

const LATE = /did not respond within|statement timeout|connection timeout|timeout exceeded/

/** Counts the open sockets of this process that are made from now on. */
function countSockets(t: Test): () => number {
  const sockets: Socket[] = []
  const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket)
  subscribe('net.client.socket', note)
  t.teardown(() => unsubscribe('net.client.socket', note))
  return () => sockets.filter(({ destroyed }) => !destroyed).length
}

t.test('openPostgres()', { skip: withoutPostgres }, async t => {
  const server = await lend(t, PostgresServer.start())
  const { host, port, user } = server

  async function openThrough(t: Test, port: number, database: string) {
    const store = await openPostgres({ host, port, user, database, tls: false })
    t.teardown(() => store.close())
    await store.putRole(role)
    await allWork(t, store, 30)
    return store
  }

  await t.test('P6 fails while the server is dead, and works as soon as it is back', async t => {
    const store = await openThrough(t, port, await createStoreDatabase(server))
    for (const end of ['kill', 'shutDown'] as const) {
      const under = callAll(store, 30)
      await server[end]()
      t.strictSame(
        strange(await under),
        [],
        'those in flight fail with the right error, or succeed',
      )
      await allFail(t, store, 20)
      await server.restart()
      await allWork(t, store, 50)
    }
  })

  await t.test('P6 fails while the server is frozen, and keeps its connections', async t => {
    const database = await createStoreDatabase(server)
    const store = await openThrough(t, port, database)
    server.freeze()
    try {
      await allFail(t, store, 50)
    } finally {
      server.thaw()
    }
    await allWork(t, store, 50)
    const sessions = await server.query<{ state: string }>(
      database,
      `select state from pg_stat_activity where application_name = 'ews-gateway'`,
    )
    t.ok(sessions.length <= 12, 'no more connections than there may be')
  })

  await t.test('P6 fails once if the network drops everything', async t => {
    const proxy = await lend(t, FaultProxy.start(port))
    const store = await openThrough(t, proxy.port, await createStoreDatabase(server))
    await proxy.halfOpen()
    await t.rejects(store.role(organization, role.id), FAILURE)
    await proxy.pass()
    await allWork(t, store, 50)

    await proxy.drop()
    await t.rejects(store.ping(), FAILURE)
    await proxy.pass()
    await allWork(t, store, 50)
  })

  await t.test('P6 closes every idle connection when one did not answer', async t => {
    const database = await createStoreDatabase(server)
    const openSockets = countSockets(t)
    const store = await openThrough(t, port, database)
    const sessions = await server.query<{ pid: number }>(
      database,
      `select pid from pg_stat_activity
       where datname = '${database}' and application_name = 'ews-gateway'`,
    )
    t.ok(sessions.length > 8, 'there are idle connections')
    freezeAll(sessions.map(({ pid }) => pid))
    try {
      const before = openSockets()
      await t.rejects(store.role(organization, role.id), FAILURE)
      await until('the readers are given up', () => openSockets() <= before - READERS)
      await until('another one answers', async () =>
        Boolean(await store.role(organization, role.id)),
      )
    } finally {
      for (const { pid } of sessions) process.kill(pid, 'SIGCONT')
    }
  })

  await t.test('never connects without TLS to a server without TLS', async t => {
    const refused = openPostgres({ host, port, user, database: 'postgres', tls: {} })
    await t.rejects(refused, { ...FAILURE, message: /does not support SSL/ })
  })
})

t.test('openPostgres() by TLS and password', { skip: withoutPostgres }, async t => {
  const folder = t.testdir({ other: {} })
  const text = makeCertificates(folder, [
    { name: 'server', alternative: 'DNS:localhost,IP:127.0.0.1' },
  ])
  const other = makeCertificates(join(folder, 'other'), [])
  const tls = { certificate: text('server.crt'), privateKey: text('server.key') }
  const password = 'correct-horse-battery'
  const server = await lend(t, PostgresServer.start({ password, tls }))
  const { host, port, user } = server
  const options = {
    ...{ host, port, user, database: await server.createDatabase() },
    password: new Secret(password),
    tls: { ca: text('ca.crt') },
  }

  for (const host of ['127.0.0.1', 'localhost'])
    await t.test(`verifies the server ${host} and signs in`, async t => {
      const store = await openPostgres({ ...options, host })
      t.teardown(() => store.close())
      t.equal((await store.putRole(role)).version > 0, true)
      const [session] = await server.query<{ ssl: boolean }>(
        options.database,
        `select bool_and(ssl) as ssl from pg_stat_ssl join pg_stat_activity using (pid)
         where application_name = 'ews-gateway'`,
      )
      t.equal(session?.ssl, true)
      t.notMatch(inspect(store, { depth: 9, showHidden: true }), password)
    })

  const { password: _none, ...nameless } = options
  process.env['PGPASSWORD'] = password
  t.teardown(() => delete process.env['PGPASSWORD'])
  for (const [what, given, message] of [
    [
      'a server of another authority',
      { ...options, tls: { ca: other('ca.crt') } },
      /unable to verify the first certificate/,
    ],
    [
      'a server of no well-known authority',
      { ...options, tls: {} },
      /unable to verify the first certificate/,
    ],
    ['a wrong password', { ...options, password: new Secret(`${password}!`) }, /authentication/],
    ['no password', nameless, /asks for a password, and none is configured/],
  ] as const)
    await t.test(`rejects ${what}`, async t => {
      const refused = await openPostgres(given).catch((error: unknown) => error)
      t.match(refused, { ...FAILURE, message })
      t.notMatch(inspect(refused, { depth: 9, showHidden: true }), password)
    })
})
