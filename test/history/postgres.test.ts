import t, { type Test } from 'tap'
import { openPostgresHistory } from '../../src/history/postgres.ts'
import { lend } from '../kit/services/lend.ts'
import { PostgresServer, withoutPostgres } from '../kit/services/postgres.ts'
import { all, allowed, NOW, Writer } from './samples.ts'
import { historySuite } from './suite.ts'

const TABLES = ['series', 'sums', 'totals', 'decisions', 'changes', 'records', 'writers']
const EMPTY = `truncate ${TABLES.map(name => `history_${name}`).join()}`

t.test('openPostgresHistory()', { skip: withoutPostgres }, async t => {
  const server = await lend(t, PostgresServer.start())
  const { host, port, user } = server
  const openIn = async (t: Test, database: string) => {
    const history = await openPostgresHistory({ host, port, user, database, tls: false })
    t.teardown(() => history.close())
    return history
  }

  await t.test('as every history', async t => {
    const database = await server.createDatabase()
    await historySuite(t, async t => {
      const history = await openIn(t, database)
      await server.query(database, EMPTY)
      return history
    })
  })

  await t.test('several at once on a database that is empty write into one', async t => {
    const database = await server.createDatabase()
    const histories = await Promise.all([1, 2, 3].map(() => openIn(t, database)))
    const writers = histories.map(history => new Writer(history))
    const people = Array.from({ length: 40 }, (_, n) => `user-${n}`)
    for (let n = 0; n < 5; n += 1)
      await Promise.all(
        writers.map((writer, turn) => {
          const order = turn === 1 ? people.toReversed() : people
          return writer.write(...order.map(userId => allowed(NOW + n, { userId })))
        }),
      )
    t.strictSame(
      writers.flatMap(({ failures }) => failures),
      [],
    )
    for (const history of histories)
      t.match(await history.summary({ ...all(), groupBy: [] }), [{ requests: 600 }])
  })

  await t.test('a server that goes away is opened anew, and nothing counts twice', async t => {
    const database = await server.createDatabase()
    const options = { host, port, user, database, tls: false } as const
    const writer = new Writer(() => openPostgresHistory(options))
    t.teardown(() => writer.recorder.close())
    await writer.write(allowed(NOW))
    await server.query(
      'postgres',
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    )
    await writer.write(allowed(NOW + 1))
    await writer.recorder.flush()
    const sums = await writer.recorder.ask(history => history.summary({ ...all(), groupBy: [] }))
    t.match(sums, [{ requests: 2 }])
  })
})
