import { Client } from 'pg'
import t, { type Test } from 'tap'
import { until } from '../until.ts'
import { PostgresServer, withoutPostgres } from './postgres.ts'

t.test('PostgresServer.restore()', { skip: withoutPostgres }, async t => {
  const server = await PostgresServer.start()
  t.teardown(() => server.stop())

  await t.test('reports the output of psql', async t => {
    const database = await server.createDatabase()
    // Longer than a pipe holds, so that psql ends before it has read everything.
    const dump = `select 1 / 0;\n${'select 1;\n'.repeat(100_000)}`
    await t.rejects(server.restore(database, dump), { message: /division by zero/ })
  })

  await t.test('does not deadlock with a transaction that locks other tables later', async t => {
    const database = await server.createDatabase()
    await server.query(
      database,
      'create table a (n int); create table m (n int); create table z (n int)',
    )
    const dump = await server.dump(database)
    const client = await connected(t, server, database)
    await client.query('begin; select from m')
    const restoring = server.restore(database, dump)
    await until('the restore waits for the table', async () => {
      const waiting = `select from pg_locks where not granted and relation = 'm'::regclass`
      return (await server.query(database, waiting)).length > 0
    })
    await client.query('select from a; select from z; commit')
    await t.resolves(restoring)
  })
})

async function connected(t: Test, { host, port, user }: PostgresServer, database: string) {
  const client = new Client({ host, port, user, database })
  await client.connect()
  t.teardown(() => client.end())
  return client
}
