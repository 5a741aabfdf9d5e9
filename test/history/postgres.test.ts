import t, { type Test } from 'tap'
import { openPostgresHistory } from '../../src/history/postgres.ts'
import { withoutPostgres } from '../kit/services/postgres.ts'
import { connected, emptierOf, sharedPostgres } from '../kit/services/shared-postgres.ts'
import { reusing } from './reused.ts'
import { all, allowed, linesOf, NOW, refused, Writer } from './samples.ts'
import { historySuite } from './suite.ts'

/** A limit that no statement reaches, however busy the machine is. */
const PATIENT_MS = 3_600_000

t.test('openPostgresHistory()', { skip: withoutPostgres }, async t => {
  const server = await sharedPostgres()
  const { host, port, user } = server
  const openIn = async (t: Test, database: string) => {
    const options = { host, port, user, database, tls: false } as const
    const history = await openPostgresHistory(options, undefined, PATIENT_MS)
    t.teardown(() => history.close())
    return history
  }

  // Copying a database that has its tables takes less than half of the CPU of creating them.
  const template = await server.createDatabase()
  await (await openPostgresHistory({ host, port, user, database: template, tls: false })).close()

  await t.test('meets the contract of a history', async t => {
    const open = reusing(async () => {
      const database = await server.createDatabase(template)
      const history = await openIn(t, database)
      return { history, empty: await emptierOf(await connected(t, server, database)) }
    })
    await historySuite(t, open, 12)
  })

  await t.test('several at once on an empty database write into one history', async t => {
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
    for (const history of histories)
      t.match(await history.summary({ ...all(), groupBy: [] }), [{ requests: 600 }])
  })

  await t.test('rejects tables of a version before the first release', async t => {
    const database = await server.createDatabase(template)
    await server.query(database, `update history_migration set name = '0001-initial'`)
    await t.rejects(openPostgresHistory({ host, port, user, database, tls: false }), {
      message: /A version of ews-gateway before the first release made the tables history_\*/,
    })
  })

  await t.test('Recorder skips an ID that is not a UUID', async t => {
    const history = await openIn(t, await server.createDatabase(template))
    const writer = new Writer(history)
    await writer.write(allowed(NOW), allowed(NOW, { decisionId: 'odd' }), refused(NOW))
    t.strictSame(writer.dropped, ['rejected 1'])
    t.equal((await history.decisions(all())).length, 2)
  })

  await t.test(
    'after a lost connection the database is opened again, and no record counts twice',
    async t => {
      const database = await server.createDatabase(template)
      const options = { host, port, user, database, tls: false } as const
      const writer = new Writer(() => openPostgresHistory(options))
      t.teardown(() => writer.recorder.close())
      await writer.write(allowed(NOW))
      await server.query(
        'postgres',
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
      )
      const lines = linesOf('20261125T120000Z-00000000', [allowed(NOW + 1)])
      // The pool may notice before it is used.
      await writer.recorder.consume(lines).catch(() => undefined)
      await writer.recorder.consume(lines)
      const sums = await writer.recorder.ask(history => history.summary({ ...all(), groupBy: [] }))
      t.match(sums, [{ requests: 2 }])
    },
  )
})
