import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { organizationId } from '../../src/model/identity.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { writeNewStore } from '../kit/store-file.ts'
import { add, counts, draft } from './drafts.ts'
import { personSession, session } from './samples.ts'
import { storeSuite } from './suite.ts'

const organization = organizationId('m-0123456789abcdef0123456789abcdef')
const role = {
  id: roleId('role-1'),
  organizationId: organization,
  name: 'one',
  type: 'READ_ONLY',
  rules: [],
  guard: DEFAULT_GUARD,
} as const

async function openHere(t: Test, file: string, now?: () => number) {
  const store = await openSqlite(file, now)
  t.teardown(() => store.close())
  return store
}

t.test('openSqlite() on a file', t =>
  storeSuite(t, async (t, now) => {
    const file = join(lendFolder(t), 'a.db')
    await writeNewStore(file)
    const execute = async (sql: string) => {
      const database = new DatabaseSync(file)
      database.exec(sql)
      database.close()
    }
    return { ...(await openHere(t, file, now)), execute }
  }),
)

// A column for numbers accepts all of these on SQLite, and none on PostgreSQL.
const NO_TIMES = ["'soon'", "''", '1.5', "x'01'"]

/** Opens a new store. @returns also a function that changes it without the store */
async function openToDamage(t: Test) {
  const file = join(lendFolder(t), 'a.db')
  await writeNewStore(file)
  const store = await openHere(t, file)
  const database = new DatabaseSync(file)
  t.teardown(() => database.close())
  return { store, damage: (sql: string) => database.exec(sql) }
}

t.test('gateways() returns a gateway as running if its time is not understood', async t => {
  const { store, damage } = await openToDamage(t)
  const known = { id: 'a', host: 'one', version: '1.0.0', masterKeys: [] }
  await store.recordHeartbeat({ ...known, startedAt: 1, seenAt: 2 })
  for (const stored of NO_TIMES) {
    damage(`update gateways set seen_at = ${stored}, started_at = ${stored}`)
    const [read] = await store.gateways()
    t.ok(read && read.seenAt > Date.now(), stored)
    t.ok(read && new Date(read.startedAt).toISOString(), `${stored}: its start can be shown`)
  }
})

t.test('a session of the console has ended if a part of it is not understood', async t => {
  const { store, damage } = await openToDamage(t)
  const forever = { seenAfter: 0, createdAfter: 0, most: 10 }
  for (const sample of [session, personSession]) {
    const { idHash, holder } = sample
    await store.addConsoleSession(sample, forever)
    const goodHolder = `'${JSON.stringify(holder)}'`
    const texts = [
      '{}',
      JSON.stringify({ ...holder, kind: 'group' }),
      JSON.stringify({ ...holder, more: 1 }),
      JSON.stringify({ ...holder, kind: undefined }),
    ]
    const damages = [
      ...['created_at', 'seen_at', 'checked_at'].map(name => [name, '1000', NO_TIMES] as const),
      ['holder', goodHolder, texts.map(text => `'${text}'`)],
    ] as const
    for (const [column, good, stored] of damages) {
      for (const value of stored) {
        damage(`update console_sessions set ${column} = ${value}`)
        t.equal(await store.consoleSession(idHash), undefined, `${column} = ${value}`)
      }
      damage(`update console_sessions set ${column} = ${good}`)
      t.ok(await store.consoleSession(idHash), `${column} is understood again`)
    }
    await store.endConsoleSession(idHash)
  }
  await store.addConsoleSession(personSession, forever)
  damage('update console_sessions set sealed_tokens = null')
  t.equal(await store.consoleSession(personSession.idHash), undefined, 'without tokens')
})

// A statement on SQLite can have 32,766 parameters, fewer than on PostgreSQL, for which this counts too.
t.test('importUsers() accepts 10,000 users at once', async t => {
  const store = await openHere(t, ':memory:')
  const many = Array.from({ length: 10_000 }, (_, n) => draft(`u${n}`, { sid: `S-1-5-${n}` }))
  t.strictSame(counts(await add(store, ...many)), [10_000, 0, 0, 0])
  t.strictSame(counts(await add(store, ...many)), [0, 0, 10_000, 0])
  t.equal((await store.userByName(organization, 'SID', 'S-1-5-9999'))?.aliases.length, 0)
  t.equal((await store.users(organization)).length, 10_000)
})

t.test('openSqlite() in memory', async t => {
  const store = await openHere(t, ':memory:')
  t.equal((await store.putRole(role)).version, 1)
  const other = await openHere(t, ':memory:')
  t.equal(await other.isEmpty(), true)
  t.not(await other.epoch(), await store.epoch())
})

t.test('P6 openSqlite() in memory: changes and snapshots wait for each other', async t => {
  const store = await openHere(t, ':memory:')
  const works = Array.from({ length: 20 }, async (_, n) => {
    if (n % 2 === 0) return await store.putRole({ ...role, description: `${n}` })
    return await store.snapshot(async ({ policyVersions, values }) => {
      const [stored] = await values(organization, 'role', [role.id])
      t.equal(stored?.version ?? 0, policyVersions.versions.get(organization) ?? 0)
    })
  })
  await Promise.all(works)
  t.equal(await store.policyVersion(organization), 10)
})

t.test('openSqlite() creates folder and file for their owner only', async t => {
  const file = join(lendFolder(t), 'data', 'deep', 'gateway.db')
  const store = await openHere(t, file)
  await store.putRole(role)
  t.equal(statSync(dirname(file)).mode & 0o777, 0o700)
  const files = readdirSync(dirname(file)).filter(name => name.startsWith('gateway.db'))
  t.ok(files.length >= 2, 'the write-ahead log is there')
  for (const name of files) t.equal(statSync(join(dirname(file), name)).mode & 0o777, 0o600, name)
})

t.test('openSqlite() finds everything again', async t => {
  const file = join(lendFolder(t), 'a.db')
  const first = await openSqlite(file, () => 1000)
  const [epoch, written] = [await first.epoch(), await first.putRole(role)]
  await first.close()

  const second = await openHere(t, file)
  t.equal(await second.epoch(), epoch)
  t.strictSame(await second.role(organization, role.id), written)
})

t.test('openSqlite() twice on a file: each sees what the other writes', async t => {
  const file = join(lendFolder(t), 'a.db')
  const [one, two] = [await openHere(t, file), await openHere(t, file)]
  await one.putRole(role)
  t.equal(await two.policyVersion(organization), 1)

  const versions = []
  for (let n = 0; n < 10; n += 1) {
    const store = n % 2 === 0 ? one : two
    versions.push((await store.putRole({ ...role, description: `${n}` })).version)
  }
  t.strictSame(
    versions,
    Array.from({ length: 10 }, (_, n) => n + 2),
  )
})

t.test('openSqlite() works for several concurrent processes on new files', async t => {
  const folder = join(lendFolder(t), 'data')
  const program = `
    import { openSqlite } from ${JSON.stringify(new URL('../../src/store/sqlite.ts', import.meta.url))}
    const name = process.argv[1]
    const role = { id: name, organizationId: 'm', name, type: 'READ_ONLY', rules: [], guard: {} }
    console.log('ready')
    for await (const file of process.stdin.setEncoding('utf8')) {
      const store = await openSqlite(file)
      await store.putRole(role)
      console.log(await store.epoch())
      await store.close()
    }
  `
  const children = ['a', 'b'].map(name => {
    const options = ['--input-type=module', '-e', program, name]
    return spawn(process.execPath, options, { stdio: ['pipe', 'pipe', 'inherit'] })
  })
  t.teardown(() => {
    for (const child of children) child.kill()
  })
  const ended = new AbortController()
  for (const child of children) child.once('exit', () => ended.abort())
  const answers = async () => {
    const next = children.map(({ stdout }) => once(stdout, 'data', { signal: ended.signal }))
    return (await Promise.all(next)).map(([text]) => String(text))
  }
  await answers()
  for (let n = 0; n < 8; n += 1) {
    const file = join(folder, `${n}.db`)
    const epochs = answers()
    for (const child of children) child.stdin.write(file)
    t.equal(new Set(await epochs).size, 1, 'all agree on the epoch')
    t.equal(await (await openHere(t, file)).policyVersion(organizationId('m')), 2)
  }
})

for (const [what, content, message] of [
  ['a file that is no database', 'no database'.repeat(100), /a\.db: .*not a database/],
  [
    'a folder',
    {},
    /^Cannot open the store .*\/a\.db: it is a folder\. .*set store to another path$/,
  ],
] as const) {
  t.test(`openSqlite() rejects ${what}, and names it`, async t => {
    const file = join(t.testdir({ 'a.db': content }), 'a.db')
    const reason = 'policy-unavailable'
    await t.rejects(openSqlite(file), { name: 'Failure', reason, message, cause: Error })
  })
}

t.test('openSqlite() rejects a truncated store, and says what to do', async t => {
  const folder = t.testdir()
  const whole = join(folder, 'whole.db')
  const store = await openSqlite(whole)
  await store.putRole(role)
  await store.close()
  const bytes = readFileSync(whole)
  const half = Math.floor(bytes.length / 2)
  for (const size of [0, 1, 100, 511, 512, 4096, half, bytes.length - 4096]) {
    const file = join(folder, `${size}.db`)
    writeFileSync(file, bytes.subarray(0, size))
    const message = /(truncated|malformed)\. Restore it from a backup\. To begin with an empty/
    await t.rejects(openSqlite(file), { reason: 'policy-unavailable', message }, `${size} bytes`)
    t.equal(statSync(file).size, size, 'it is left as it is')
  }
})

t.test('openSqlite() rejects the database of another program', async t => {
  const file = join(t.testdir(), 'other.db')
  const other = new DatabaseSync(file)
  other.exec('create table songs (title text)')
  other.close()
  await t.rejects(openSqlite(file), { message: /it is not a store of ews-gateway\. Restore it/ })
})

t.test('P6 a store that is damaged while open fails as policy-unavailable', async t => {
  const file = join(lendFolder(t), 'a.db')
  const store = await openHere(t, file)
  const other = new DatabaseSync(file)
  other.exec('drop table access_keys')
  other.close()
  await t.rejects(store.credential(accessKeyId('AKIA')), {
    name: 'Failure',
    reason: 'policy-unavailable',
    message: /no such table/,
    cause: Error,
  })
})

t.test('a failed importUsers() leaves nothing behind', async t => {
  const file = join(lendFolder(t), 'a.db')
  const store = await openHere(t, file)
  const other = new DatabaseSync(file)
  other.exec(`
    create trigger full before insert on user_names when new.name = 'z@example.com'
    begin select raise(abort, 'disk full'); end`)
  other.close()
  const drafts = Array.from({ length: 300 }, (_, n) => `a${n}`)
    .concat('z')
    .map(name => ({ primarySmtpAddress: `${name}@example.com`, aliases: [] }))
  const options = { dryRun: false, deleteMissing: false }
  await t.rejects(store.importUsers(organization, drafts, options), {
    name: 'Failure',
    reason: 'policy-unavailable',
    message: /disk full/,
  })
  t.strictSame(await store.users(organization), [])
  t.equal(await store.policyVersion(organization), 0)
  t.equal((await store.putRole(role)).version, 1, 'and the store continues')
})

t.test('a change fails on a full disk, and the store continues', async t => {
  const file = join(t.testdir(), 'a.db')
  const store = await openHere(t, file)
  const other = new DatabaseSync(file)
  // As SQLite does when a write fails: the transaction is over before the change knows it.
  other.exec(`
    create trigger full before insert on roles
    begin select raise(rollback, 'database or disk is full'); end`)
  await t.rejects(store.putRole(role), {
    name: 'Failure',
    reason: 'policy-unavailable',
    message: 'The store cannot be used: database or disk is full',
  })
  other.exec('drop trigger full')
  other.close()
  t.equal((await store.putRole(role)).version, 1, 'there is room again')
})

t.test('importUsers() does not block readers, which do not see it', async t => {
  const store = await openHere(t, join(lendFolder(t), 'a.db'))
  const drafts = Array.from({ length: 4000 }, (_, n) => ({
    primarySmtpAddress: `u${n}@example.com`,
    aliases: [],
  }))
  let done = false
  const options = { dryRun: false, deleteMissing: false }
  const importing = store.importUsers(organization, drafts, options).finally(() => {
    done = true
  })
  const seen = []
  while (!done) {
    seen.push((await store.usersPage(organization, { limit: 1 })).length)
    await setImmediate()
  }
  t.equal((await importing).created.length, 4000)
  // One that waits for the import reads a few times before it begins, and then once.
  t.ok(seen.filter(users => users === 0).length > 20, `${seen.length} reads`)
})

t.test('importUsers() creates no user twice while another gateway writes', async t => {
  const file = join(lendFolder(t), 'a.db')
  const [one, two] = [await openHere(t, file), await openHere(t, file)]
  const drafts = Array.from({ length: 500 }, (_, n) => ({
    primarySmtpAddress: `u${n}@example.com`,
    aliases: [],
  }))
  await one.importUsers(organization, drafts.slice(250), { dryRun: false, deleteMissing: false })
  const [plan] = await Promise.all([
    one.importUsers(organization, drafts, { dryRun: false, deleteMissing: true }),
    ...drafts.slice(0, 5).map(async draft => {
      await two.putRole({ ...role, name: draft.primarySmtpAddress })
      await two.putUser(organization, { ...draft, displayName: 'Put' })
      await setImmediate()
    }),
  ])
  t.equal((await one.users(organization)).length, 500)
  t.equal(plan.created.length + plan.updated.length + plan.unchanged, 500)
  t.equal(plan.missing.length, 0)
})
