import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import type { Migrated } from '../../../src/model/migrated.ts'
import { openExistingSqlite, openSqlite, openStaged } from '../../../src/store/sqlite.ts'
import { addLaterMigrations, LATER } from '../../kit/later-migrations.ts'
import { contentOf, each, fill } from '../backup-suite.ts'

/** Creates a store with rows in every table, and makes it one of an earlier version. */
async function makeEarlier(t: Test) {
  const file = join(t.testdir(), 'a.db')
  const store = await openSqlite(file)
  await fill(store)
  const content = await contentOf(store)
  await store.close()
  addLaterMigrations(t)
  return { file, content }
}

t.test('migrate() upgrades a store, keeps its content, and reports once', async t => {
  const { file, content } = await makeEarlier(t)
  const reports: Migrated[] = []
  for (let n = 0; n < 2; n += 1) {
    const store = await openSqlite(file, Date.now, migrated => reports.push(migrated))
    t.match(await contentOf(store), { ...content, schema: LATER })
    await store.close()
  }
  t.match(reports, [{ database: 'store', migrations: [LATER] }])
  t.equal(reports.length, 1)
})

t.test('openStaged() upgrades a backup of an earlier version', async t => {
  const { file, content } = await makeEarlier(t)
  const earlier = await openExistingSqlite(file, { migrates: false, acceptsEarlier: true })
  if (earlier === undefined) throw new Error('There is no store')
  t.teardown(() => earlier.close())
  t.strictSame(await contentOf(earlier), content, 'a backup changes nothing')
  const staged = await openStaged(content.schema, each(content.rows))
  t.teardown(() => staged.close())
  t.match(await contentOf(staged), { ...content, schema: LATER })
})

t.test('openExistingSqlite() changes a database only if it migrates', async t => {
  const missing = join(t.testdir(), 'missing.db')
  t.equal(await openExistingSqlite(missing, { migrates: true }), undefined)
  t.notOk(existsSync(missing))

  const { file } = await makeEarlier(t)
  const open = (migrates: boolean) => openExistingSqlite(file, { migrates })
  const database = new DatabaseSync(file)
  t.teardown(() => database.close())
  const migrations = () => database.prepare('select count(*) as n from kysely_migration').get()
  const earlier = /a\.db: An earlier version of ews-gateway made the store: make a backup/
  await t.rejects(open(false), { name: 'Failure', message: earlier })
  t.match(migrations(), { n: 1 })
  await (await open(true))?.close()
  t.match(migrations(), { n: 2 })
  const store = await open(false)
  t.ok(store)
  await store?.close()
})

t.test('migrate() rejects a database of a later version, and does not change it', async t => {
  const file = join(t.testdir(), 'a.db')
  const report = () => t.fail('a new database has no migrations to report')
  await (await openSqlite(':memory:', Date.now, report)).close()
  await (await openSqlite(file, Date.now, report)).close()
  await (await openSqlite(file, Date.now, report)).close()
  const database = new DatabaseSync(file)
  database.exec(`insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')`)
  database.close()
  await t.rejects(openSqlite(file), {
    name: 'Failure',
    reason: 'policy-unavailable',
    message: /a\.db: A later version of ews-gateway has changed the store \(9999-later\): run that/,
  })
})

t.test('migrate() rejects a database of a version before the first release', async t => {
  const file = join(t.testdir(), 'a.db')
  await (await openSqlite(file)).close()
  const database = new DatabaseSync(file)
  database.exec(`update kysely_migration set name = '0001-initial'`)
  database.close()
  for (const open of [
    () => openSqlite(file),
    () => openExistingSqlite(file, { migrates: true }),
    () => openExistingSqlite(file, { migrates: false, acceptsEarlier: true }),
  ])
    await t.rejects(open(), {
      name: 'Failure',
      reason: 'policy-unavailable',
      message:
        /a\.db: A version of ews-gateway before the first release made the tables.*: set the configuration key store to a new/,
    })
})
