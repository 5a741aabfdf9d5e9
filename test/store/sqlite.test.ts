import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { organizationId } from '../../src/model/identity.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import { MIGRATIONS } from '../../src/store/migrations/migrate.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
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
  storeSuite(t, (t, now) => openHere(t, join(t.testdir(), 'a.db'), now)),
)

t.test('openSqlite() in memory', async t => {
  const store = await openHere(t, ':memory:')
  t.equal((await store.putRole(role)).version, 1)
  t.equal(await (await openHere(t, ':memory:')).isEmpty(), true)
})

t.test('openSqlite() makes folder and file for their owner alone', async t => {
  const file = join(t.testdir(), 'data', 'deep', 'gateway.db')
  const store = await openHere(t, file)
  await store.putRole(role)
  t.equal(statSync(dirname(file)).mode & 0o777, 0o700)
  const files = readdirSync(dirname(file)).filter(name => name.startsWith('gateway.db'))
  t.ok(files.length >= 2, 'the write-ahead log is there')
  for (const name of files) t.equal(statSync(join(dirname(file), name)).mode & 0o777, 0o600, name)
})

t.test('openSqlite() again finds everything', async t => {
  const file = join(t.testdir(), 'a.db')
  const first = await openSqlite(file, () => 1000)
  const [epoch, written] = [await first.epoch(), await first.putRole(role)]
  await first.close()

  const second = await openHere(t, file)
  t.equal(await second.epoch(), epoch)
  t.strictSame(await second.role(organization, role.id), written)
})

t.test('openSqlite() twice on a file: each sees what the other writes', async t => {
  const file = join(t.testdir(), 'a.db')
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

t.test('openSqlite() by several processes at once, on files that are not there yet', async t => {
  const folder = join(t.testdir(), 'data')
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
  const children = ['a', 'b', 'c'].map(name => {
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
    t.equal(await (await openHere(t, file)).policyVersion(organizationId('m')), 3)
  }
})

for (const [what, content, message] of [
  ['a file that is no database', 'no database', /a\.db: .*not a database/],
  ['a folder', {}, /a\.db: .*(directory|unable to open)/i],
] as const) {
  t.test(`openSqlite() refuses ${what}, naming it`, async t => {
    const file = join(t.testdir({ 'a.db': content }), 'a.db')
    const reason = 'policy-unavailable'
    await t.rejects(openSqlite(file), { name: 'Failure', reason, message, cause: Error })
  })
}

t.test('P6 a store that is damaged while open fails as policy-unavailable', async t => {
  const file = join(t.testdir(), 'a.db')
  const store = await openHere(t, file)
  await store.putRole(role)
  const other = new DatabaseSync(file)
  other.exec(`update roles set rules = 'no JSON'`)
  const failure = { name: 'Failure', reason: 'policy-unavailable', cause: SyntaxError }
  await t.rejects(store.role(organization, role.id), failure)

  other.exec('drop table access_keys')
  other.close()
  await t.rejects(store.credential(accessKeyId('AKIA')), {
    ...failure,
    message: /no such table/,
    cause: Error,
  })
})

t.test('importUsers() that fails half way leaves nothing behind', async t => {
  const file = join(t.testdir(), 'a.db')
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
  t.equal((await store.putRole(role)).version, 1, 'and the store goes on')
})

// For every migration there is a dump of a database that it made, with data in every table:
// `sqlite3 gateway.db .dump`. A migration that is added brings the dump of its day.
for (const migration of Object.keys(MIGRATIONS)) {
  t.test(`openSqlite() brings up a database of migration ${migration}`, async t => {
    const file = join(t.testdir(), 'a.db')
    const dump = new URL(`databases/${migration}.sql`, import.meta.url)
    const database = new DatabaseSync(file)
    database.exec(readFileSync(dump, 'utf8'))
    database.close()

    const store = await openHere(t, file)
    t.equal(await store.epoch(), '3f8f4a8e-8d57-4a0e-9d8e-0d8f8f3b7a11')
    t.equal(await store.masterKeyCheck(), 'check')
    t.equal(await store.policyVersion(organization), 6)
    t.strictSame(await store.users(organization), [
      {
        id: '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55',
        primarySmtpAddress: 'CEO@example.com',
        aliases: ['boss@example.com'],
        principalName: 'ceo@corp.example.com',
        sid: 'S-1-5-21-7',
        displayName: "The CEO's",
        enabled: true,
      },
    ])
    t.strictSame(await store.roleByName(organization, 'BACKUP'), {
      id: '7a0e8f57-4b8c-4a87-9a4f-6a7b0f1f7f01',
      organizationId: organization,
      name: 'backup',
      description: 'Nightly',
      type: 'READ_ONLY',
      rules: [{ id: 'r1', effect: 'DENY', targetUsers: ['0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55'] }],
      guard: { directoryLookups: true, extraReads: [] },
      version: 3,
      createdAt: 1_700_000_000_000,
      modifiedAt: 1_700_000_000_000,
    })
    t.strictSame(await store.credential(accessKeyId('AKIAAAAAAAAAAAAAAAAA')), {
      key: {
        id: 'AKIAAAAAAAAAAAAAAAAA',
        principalId: '5d0f6e52-0c35-4c1c-8a5d-64b0f3d2c001',
        secretHash: new Uint8Array([0, 255, 128]),
        sealedSecret: new Uint8Array([7]),
        enabled: true,
        expiresAt: 1_800_000_000_000,
        createdAt: 1_700_000_000_000,
      },
      principal: {
        id: '5d0f6e52-0c35-4c1c-8a5d-64b0f3d2c001',
        organizationId: organization,
        name: 'Backup tool',
        enabled: true,
        policy: { Version: '2012-10-17', Statement: [] },
      },
    })

    const bob = { primarySmtpAddress: 'bob@example.com', aliases: [] }
    const options = { dryRun: false, deleteMissing: false }
    const { created } = await store.importUsers(organization, [bob], options)
    t.equal(created[0]?.id, '2c1c9c0c-6f3a-4b1e-8a55-1f0f7c9b2b02', 'Bob was deleted, and is back')
  })
}

t.test('openSqlite() refuses a database of a later version, and leaves it alone', async t => {
  const file = join(t.testdir(), 'a.db')
  await (await openSqlite(file)).close()
  const database = new DatabaseSync(file)
  database.exec(`insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')`)
  database.close()
  await t.rejects(openSqlite(file), {
    name: 'Failure',
    reason: 'policy-unavailable',
    message: /a\.db: A later version of ews-gateway has changed the store \(9999-later\): run that/,
  })
})
