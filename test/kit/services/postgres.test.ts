import t from 'tap'
import { PostgresServer, withoutPostgres } from './postgres.ts'

t.test('PostgresServer.restore() reports what psql said', { skip: withoutPostgres }, async t => {
  const server = await PostgresServer.start()
  t.teardown(() => server.stop())
  const database = await server.createDatabase()
  // Longer than a pipe holds, so that psql ends before it has read everything.
  const dump = `select 1 / 0;\n${'select 1;\n'.repeat(100_000)}`
  await t.rejects(server.restore(database, dump), { message: /division by zero/ })
})
