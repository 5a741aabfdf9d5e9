import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import type { Migrated } from '../../src/model/migrated.ts'
import { addLaterMigrations, LATER } from '../kit/later-migrations.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { sqliteHistories } from './reused.ts'
import { all, allowed, DAY, FOR_EVER, NOW, ORGANIZATION, outcomeOf, Writer } from './samples.ts'
import { historySuite } from './suite.ts'

t.test('openSqliteHistory() meets the contract of a history', t =>
  historySuite(t, sqliteHistories(t), 50),
)

t.test('openSqliteHistory() finds everything again, in a file for its owner only', async t => {
  const file = join(lendFolder(t), 'data', 'a-history.db')
  const report = () => t.fail('a new database has no migrations to report')
  const first = await openSqliteHistory(file, report)
  await new Writer(first).write(allowed(NOW))
  for (const name of readdirSync(join(file, '..')))
    t.equal(statSync(join(file, '..', name)).mode & 0o777, 0o600, name)
  await first.close()
  await t.rejects(first.decisions(all()), 'closed is closed')

  const second = await openSqliteHistory(file, report)
  t.teardown(() => second.close())
  t.equal((await second.decisions(all())).length, 1)
})

t.test('openSqliteHistory() works for several concurrent processes on a new file', async t => {
  const file = join(lendFolder(t), 'a-history.db')
  const histories = await Promise.all([1, 2, 3].map(() => openSqliteHistory(file)))
  t.teardown(() => Promise.all(histories.map(history => history.close())))
  const writers = histories.map(history => new Writer(history))
  for (let n = 0; n < 5; n += 1)
    await Promise.all(writers.map(writer => writer.write(allowed(NOW + n))))
  for (const history of histories)
    t.match(await history.summary({ ...all(), groupBy: [] }), [{ requests: 15 }])
})

t.test('openSqliteHistory() rejects a file that is not a database, and names it', async t => {
  const file = join(t.testdir({ 'a.db': 'no database' }), 'a.db')
  await t.rejects(openSqliteHistory(file), { message: /a\.db: .*not a database/ })
})

t.test('the series of a draft with a difference are found in an index alone', async t => {
  const file = join(t.testdir(), 'a.db')
  await (await openSqliteHistory(file)).close()
  const database = new DatabaseSync(file)
  t.teardown(() => database.close())
  const plan = database
    .prepare(
      `explain query plan select id, shadow from history_series where organization_id = 'm'
        and role_id = 'r' and shadow_version = '7' and shadow <> '' and shadow <> 'same'`,
    )
    .all()
  t.match(plan, [{ detail: /USING COVERING INDEX history_series_by_shadow/ }])
})

t.test('openSqliteHistory() migrates a history of an earlier version, and reports it', async t => {
  const file = join(t.testdir(), 'a.db')
  const earlier = await openSqliteHistory(file)
  await new Writer(earlier).write(allowed(NOW))
  const before = await earlier.decisions(all())
  await earlier.close()
  addLaterMigrations(t)
  const reports: Migrated[] = []
  const history = await openSqliteHistory(file, migrated => reports.push(migrated))
  t.teardown(() => history.close())
  t.match(reports, [{ database: 'history', migrations: [LATER] }])
  t.strictSame(await history.decisions(all()), before)
})

t.test('openSqliteHistory() rejects tables of a version before the first release', async t => {
  const file = join(t.testdir(), 'a.db')
  await (await openSqliteHistory(file)).close()
  const database = new DatabaseSync(file)
  database.exec(`update history_migration set name = '0001-initial'`)
  database.close()
  await t.rejects(openSqliteHistory(file), {
    message: /a\.db: A version of ews-gateway before the first release made the tables history_\*/,
  })
})

t.test(
  'openSqliteHistory() stores what requests share once, and deletes it with the last of them',
  async t => {
    const file = join(lendFolder(t), 'a.db')
    const history = await openSqliteHistory(file)
    const reader = new DatabaseSync(file)
    t.teardown(() => {
      reader.close()
      return history.close()
    })
    const members = () =>
      reader
        .prepare('select members from history_members')
        .all()
        .map(({ members }) => members)
    const writer = new Writer(history)
    const requestsAt = (at: number, userAgent: string) =>
      [0, 1, 2].flatMap(n => {
        const decision = allowed(at + n, { userAgent })
        return [decision, outcomeOf(decision, { responseBytes: n })]
      })
    await writer.write(...requestsAt(NOW - 3 * DAY, 'older'), ...requestsAt(NOW, 'newer'))
    t.equal(members().length, 3, 'those of two clients, and of all outcomes')
    await history.expire({ ...FOR_EVER, allowed: { days: 2, rows: 1_000 } }, NOW + 1)
    t.equal(members().length, 3, 'denials can still have them')
    const days = { days: 2, rows: 1_000 }
    await history.expire({ ...FOR_EVER, allowed: days, refusals: days }, NOW + 1)
    t.match(members().sort(), [/newer/, /complete/])
    const [newest] = await history.decisions(all())
    t.match(await history.decision(ORGANIZATION, newest?.decisionId ?? ''), {
      record: { userAgent: 'newer' },
      outcome: { responseBytes: 2, ended: 'complete' },
    })
  },
)
t.test('expire() deletes coarse rollups with the last of their hours', async t => {
  const file = join(lendFolder(t), 'a-history.db')
  const history = await openSqliteHistory(file)
  t.teardown(() => history.close())
  await new Writer(history).write(allowed(NOW - 9 * DAY), allowed(NOW))
  const retention = { ...FOR_EVER, sums: { days: 8 } }
  const counts = () => {
    const database = new DatabaseSync(file, { readOnly: true })
    const count = (table: string) =>
      database.prepare(`select count(*) as count from ${table}`).get()?.['count']
    const found = ['history_totals', 'history_days', 'history_sums', 'history_weeks'].map(count)
    database.close()
    return found
  }
  t.strictSame(counts(), [2, 2, 2, 2])
  await history.expire(retention, NOW)
  t.strictSame(counts(), [1, 1, 1, 2], 'an hour of that week could still be kept')
  await history.expire(retention, NOW + 7 * DAY)
  t.strictSame(counts(), [1, 1, 1, 1])
})
