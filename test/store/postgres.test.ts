import { Client } from 'pg'
import t, { type Test } from 'tap'
import type { Migrated } from '../../src/model/migrated.ts'
import { roleId } from '../../src/model/role.ts'
import { openExistingPostgres, openPostgres } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { addLaterMigrations, LATER } from '../kit/later-migrations.ts'
import { withoutPostgres } from '../kit/services/postgres.ts'
import {
  connected,
  createStoreDatabase,
  emptierOf,
  sharedPostgres,
} from '../kit/services/shared-postgres.ts'
import { organization, role } from './samples.ts'
import { storeSuite } from './suite.ts'

const TABLES = `select tablename from pg_tables where schemaname = 'public'`
/** Makes an emptied store a new one. Opening a store for each test took 20% of the CPU time. */
const NEW_EPOCH = `insert into meta (key, value) values ('epoch', gen_random_uuid());`

const HOUR_MS = 3_600_000
/** Limits that no answer exceeds, however busy the machine is. */
const PATIENT = { connectMs: HOUR_MS, readMs: HOUR_MS, changeMs: HOUR_MS, lockMs: HOUR_MS }

/** A store that the next test may have when this one has left it open. */
type Reusable = {
  readonly empty: () => Promise<unknown>
  readonly execute: (sql: string) => Promise<unknown>
  readonly store: Store
  now: () => number
}

t.test('openPostgres()', { skip: withoutPostgres }, async t => {
  const server = await sharedPostgres()
  const { host, port, user } = server
  async function openIn(t: Test, database: string, now = Date.now) {
    const store = await openPostgres({ host, port, user, database, tls: false }, now, PATIENT)
    t.teardown(() => store.close())
    return store
  }

  await t.test('meets the contract of a store', async t => {
    const free: Reusable[] = []
    const anew = async (): Promise<Reusable> => {
      const database = await createStoreDatabase(server)
      const client = await connected(t, server, database)
      const store = await openIn(t, database, () => reusable.now())
      const execute = (sql: string) => client.query(sql)
      const empty = await emptierOf(client, NEW_EPOCH)
      const reusable: Reusable = { empty, execute, store, now: Date.now }
      await empty()
      return reusable
    }
    await storeSuite(t, async (t, now = Date.now) => {
      const reusable = free.pop() ?? (await anew())
      const { empty, execute, store } = reusable
      reusable.now = now
      let isOpen = true
      t.teardown(async () => {
        if (!isOpen) return
        await empty()
        free.push(reusable)
      })
      const close = () => {
        isOpen = false
        return store.close()
      }
      return { ...store, close, execute }
    })
  })

  await t.test('migrates a store of an earlier version only if told to', async t => {
    const database = await server.createDatabase()
    const openExisting = async (migrates: boolean) => {
      const options = { host, port, user, database, tls: false } as const
      const store = await openExistingPostgres(options, { migrates }, Date.now, PATIENT)
      await store?.close()
      return store
    }
    const client = await connected(t, server, database)
    const { rows } = await client.query(TABLES)
    t.equal(await openExisting(true), undefined, 'a store that is missing is not created')
    t.strictSame((await client.query(TABLES)).rows, rows)

    const store = await openIn(t, database)
    await store.putRole(role)
    const before = await store.roles(organization)
    addLaterMigrations(t)
    await t.rejects(openExisting(false), { name: 'Failure', message: /An earlier version of/ })
    t.ok(await openExisting(true))
    t.ok(await openExisting(false))
    t.strictSame(await (await openIn(t, database)).roles(organization), before)
  })

  await t.test('rejects tables of a version before the first release', async t => {
    const database = await createStoreDatabase(server)
    await server.query(database, `update kysely_migration set name = '0001-initial'`)
    await t.rejects(openPostgres({ host, port, user, database, tls: false }), {
      name: 'Failure',
      reason: 'policy-unavailable',
      message:
        /A version of ews-gateway before the first release made the tables.*: set the configuration key store to a new/,
    })
  })

  await t.test('migrates once if several gateways open an earlier version at once', async t => {
    const database = await createStoreDatabase(server)
    addLaterMigrations(t)
    const reports: Migrated[] = []
    const options = { host, port, user, database, tls: false } as const
    const opening = ['a', 'b', 'c', 'd'].map(async name => {
      const store = await openPostgres(options, Date.now, PATIENT, one => reports.push(one))
      t.teardown(() => store.close())
      await store.putRole({ ...role, id: roleId(name), name })
    })
    await Promise.all(opening)
    t.match(reports, [{ database: 'store', migrations: [LATER] }])
    t.equal(reports.length, 1)
    t.equal(await (await openIn(t, database)).policyVersion(organization), 4)
  })

  await t.test('works for several gateways that open an empty database at once', async t => {
    for (let n = 0; n < 3; n += 1) {
      const database = await server.createDatabase()
      const epochs = ['a', 'b', 'c', 'd'].map(async name => {
        const store = await openIn(t, database)
        await store.putRole({ ...role, id: roleId(name), name })
        return store.epoch()
      })
      t.equal(new Set(await Promise.all(epochs)).size, 1, 'all agree on the epoch')
      t.equal(await (await openIn(t, database)).policyVersion(organization), 4)
    }
  })

  await t.test('twice: every change has its own version, and each sees the others', async t => {
    const database = await createStoreDatabase(server)
    const stores = [await openIn(t, database), await openIn(t, database)]
    const roles = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        stores[n % 2]?.putRole({ ...role, id: roleId(`r-${n}`), name: `role ${n}` }),
      ),
    )
    const versions = new Set(roles.map(changed => changed?.version))
    t.equal(versions.size, 20)
    for (const store of stores) {
      t.equal(await store.policyVersion(organization), 20)
      t.equal((await store.roles(organization)).length, 20)
    }
  })

  await t.test('P6 does not let writers block readers', async t => {
    const database = await createStoreDatabase(server)
    const store = await openIn(t, database)
    await store.putRole(role)
    const other = new Client({ host, port, user, database })
    await other.connect()
    t.teardown(() => other.end())
    await other.query('begin; update organizations set policy_version = policy_version')
    const changing = Array.from({ length: 12 }, (_, n) =>
      store.putRole({ ...role, description: `${n}` }),
    )
    let changed = 0
    for (const change of changing) void change.then(() => changed++)
    for (let n = 0; n < 20; n += 1) await store.role(organization, role.id)
    t.equal(changed, 0, 'reads do not wait until a change is made')
    await other.query('commit')
    const versions = (await Promise.all(changing)).map(({ version }) => version)
    t.equal(new Set(versions).size, 12)
  })

  await t.test('rejects a missing database, and names it', async t => {
    await t.rejects(openPostgres({ host, port, user, database: 'nowhere', tls: false }), {
      name: 'Failure',
      reason: 'policy-unavailable',
      message: /the database nowhere on 127\.0\.0\.1:\d+: .*does not exist/,
    })
  })

  await t.test('repeats a query if the server closed the connections', async t => {
    const database = await createStoreDatabase(server)
    const store = await openIn(t, database)
    await store.putRole(role)
    for (let n = 0; n < 3; n += 1) {
      const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`
      await server.query(database, cut)
      t.equal((await store.role(organization, role.id))?.name, role.name)
      await store.putRole({ ...role, description: `${n}` })
    }
    t.equal(await store.policyVersion(organization), 4)
  })
})
