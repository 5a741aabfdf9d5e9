import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../../../src/model/access-control.ts'
import { accountReference } from '../../../src/model/external-identity.ts'
import { organizationId, userId } from '../../../src/model/identity.ts'
import type { Migrated } from '../../../src/model/migrated.ts'
import { accessKeyId, principalId } from '../../../src/model/principal.ts'
import { DEFAULT_GUARD, roleId } from '../../../src/model/role.ts'
import { MIGRATIONS } from '../../../src/store/migrations/migrate.ts'
import { openExistingSqlite, openSqlite, openStaged } from '../../../src/store/sqlite.ts'
import { contentOf, each } from '../backup-suite.ts'
import { namesIn, SAME_NAMES, UNIQUE_NAMES } from './same-names.ts'

const organization = organizationId('m-0123456789abcdef0123456789abcdef')

/** Contents of a dump that differ from migration to migration. */
type Held = Readonly<{ version: number; role: object; key: object; user?: object }>

/** Returns the dump in `databases/` that has the migration's name. */
const dumpOf = (migration: string) =>
  readFileSync(new URL(`../databases/${migration}.sql`, import.meta.url), 'utf8')

/** Returns the description in the first line of a dump. */
function heldIn(dump: string): Held {
  const [, json] = /^-- Holds (.*)$/m.exec(dump) ?? []
  if (json === undefined) throw new Error('The dump does not begin with `-- Holds {…}`')
  return JSON.parse(json)
}

/** Opens a copy of a dump. @param more - statements that add to it. @param reports - gets the migrations that ran */
async function openDump(t: Test, migration: string, more = '', reports: Migrated[] = []) {
  const file = join(t.testdir(), 'a.db')
  const database = new DatabaseSync(file)
  database.exec(dumpOf(migration))
  database.exec(more)
  database.close()
  const store = await openSqlite(
    file,
    () => 1_700_000_200_000,
    migrated => reports.push(migrated),
  )
  t.teardown(() => store.close())
  return store
}

// For every migration there is a dump of a database that it made, with data in every table:
// `sqlite3 gateway.db .dump`, below a line that says what it holds. A migration that is added brings
// the dump of its day.
for (const migration of Object.keys(MIGRATIONS)) {
  t.test(`migrate() upgrades a database of migration ${migration}`, async t => {
    const reports: Migrated[] = []
    const store = await openDump(t, migration, '', reports)
    const later = Object.keys(MIGRATIONS).filter(name => name > migration)
    t.match(reports, later.length > 0 ? [{ database: 'store', migrations: later }] : [])
    t.equal(reports.length, Math.min(1, later.length), 'reports once, if it ran any')
    const held = heldIn(dumpOf(migration))
    t.equal(await store.epoch(), '3f8f4a8e-8d57-4a0e-9d8e-0d8f8f3b7a11')
    t.strictSame(await store.masterKeyState(), { check: 'check' })
    t.equal(await store.policyVersion(organization), held.version)
    t.strictSame(await store.users(organization), [
      {
        id: '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55',
        primarySmtpAddress: 'CEO@example.com',
        aliases: ['boss@example.com'],
        principalName: 'ceo@corp.example.com',
        sid: 'S-1-5-21-7',
        displayName: "The CEO's",
        enabled: true,
        ...held.user,
      },
    ])
    t.strictSame(await store.roleByName(organization, 'BACKUP'), {
      id: '7a0e8f57-4b8c-4a87-9a4f-6a7b0f1f7f01',
      organizationId: organization,
      name: 'backup',
      description: 'Nightly',
      type: 'READ_ONLY',
      rules: [{ id: 'r1', effect: 'DENY', targetUsers: ['0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55'] }],
      guard: DEFAULT_GUARD,
      tokensValidFrom: 0,
      createdAt: 1_700_000_000_000,
      ...held.role,
    })
    t.strictSame(await store.credential(accessKeyId('AKIAAAAAAAAAAAAAAAAA')), {
      key: {
        id: 'AKIAAAAAAAAAAAAAAAAA',
        principalId: '5d0f6e52-0c35-4c1c-8a5d-64b0f3d2c001',
        secretHash: new Uint8Array([0, 255, 128]),
        sealedSecret: new Uint8Array([7]),
        enabled: true,
        extendedProtection: 'allow',
        expiresAt: 1_800_000_000_000,
        createdAt: 1_700_000_000_000,
        ...held.key,
      },
      principal: {
        id: '5d0f6e52-0c35-4c1c-8a5d-64b0f3d2c001',
        organizationId: organization,
        name: 'Backup tool',
        enabled: true,
        policy: { Version: '2012-10-17', Statement: [] },
      },
    })

    const found = await store.searchUsers(organization, "ceo's the", { limit: 10 })
    t.strictSame(
      found.users.map(({ primarySmtpAddress }) => primarySmtpAddress),
      ['CEO@example.com'],
    )
    t.strictSame((await store.searchUsers(organization, 'bob', { limit: 10 })).users, [])
    for (const [field, prefix] of [
      ['primarySmtpAddress', 'CEO@'],
      ['signInName', 'ceo@corp'],
      ['displayName', 'the'],
    ] as const) {
      const { users } = await store.listUsers(organization, { field, prefix }, { limit: 10 })
      t.equal(users.length, 1, `listUsers() by ${field}`)
    }

    const bobs = {
      id: userId('u-x'),
      primarySmtpAddress: 'x@example.com',
      aliases: ['BOB@example.com'],
    }
    await t.rejects(
      store.putUser(organization, bobs),
      /stays with the deleted user bob@example.com/,
    )
    const bob = { primarySmtpAddress: 'bob@example.com', aliases: [] }
    const back = await store.putUser(organization, bob)
    t.equal(back.id, '2c1c9c0c-6f3a-4b1e-8a55-1f0f7c9b2b02', 'Bob was deleted, and is back')
  })

  t.test(`openStaged() upgrades a backup of migration ${migration}`, async t => {
    const migrated = await contentOf(await openDump(t, migration))
    const file = join(t.testdir(), 'a.db')
    const database = new DatabaseSync(file)
    database.exec(dumpOf(migration))
    database.close()
    const earlier = await openExistingSqlite(file, { migrates: false, acceptsEarlier: true })
    if (earlier === undefined) throw new Error('The dump is not a store')
    t.teardown(() => earlier.close())
    const { schema, rows } = await contentOf(earlier)
    t.equal(schema, migration)
    const staged = await openStaged(schema, each(rows))
    t.teardown(() => staged.close())
    t.strictSame(await contentOf(staged), migrated)
  })
}

t.test('migrate() from 0001-initial: new tables are empty and can be used', async t => {
  const store = await openDump(t, '0001-initial')
  const role = roleId('7a0e8f57-4b8c-4a87-9a4f-6a7b0f1f7f01')
  t.strictSame(await store.accessControlRules(organization), [DEFAULT_ACCESS_CONTROL_RULE])
  t.strictSame(await store.signingKeys(), [])

  await store.lockRole(organization, role, { message: 'Stop' })
  await store.deleteAccessControlRule(organization, DEFAULT_ACCESS_CONTROL_RULE.name)
  await store.keyUsed(accessKeyId('AKIAAAAAAAAAAAAAAAAA'), 1)
  t.strictSame((await store.role(organization, role))?.lock, { message: 'Stop' })
  t.strictSame(await store.accessControlRules(organization), [])
  const keys = await store.keysOf(organization, principalId('5d0f6e52-0c35-4c1c-8a5d-64b0f3d2c001'))
  t.equal(keys[0]?.lastUsedAt, 1)
  t.equal(await store.policyVersion(organization), 8)
})

t.test('migrate() from 0002-control: rules, client tokens, and signing keys exist', async t => {
  const store = await openDump(t, '0002-control')
  t.strictSame(await store.accessControlRules(organization), [
    DEFAULT_ACCESS_CONTROL_RULE,
    {
      name: 'office',
      effect: 'DENY',
      description: 'Elsewhere',
      notIpRanges: ['192.0.2.0/24', '2001:db8::/32'],
      impersonationRoleIds: ['7a0e8f57-4b8c-4a87-9a4f-6a7b0f1f7f01'],
      createdAt: 1_700_000_060_000,
      modifiedAt: 1_700_000_060_000,
    },
  ])
  t.strictSame(await store.signingKeys(), [
    { id: 'AAAAAAA_', sealed: new Uint8Array([1, 255, 0]), createdAt: 1_700_000_000_000 },
  ])
  const again = {
    id: roleId('again'),
    organizationId: organization,
    name: 'archive',
    type: 'FULL_ACCESS',
    rules: [],
    guard: DEFAULT_GUARD,
  } as const
  const once = { clientToken: 'token', fingerprint: 'fingerprint', expiresAt: 1, atMost: 0 }
  t.equal(await store.createRole(again, once), 'made-once')
})

t.test('migrate() from 0004-subscriptions: groups can be created', async t => {
  const store = await openDump(t, '0004-subscriptions')
  t.strictSame(await store.groups(organization), [])
  const ceo = userId('0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55')
  const { group } = await store.putGroup(organization, { name: 'Board', users: [ceo], groups: [] })
  const memberOf = { groups: [group.id], formerGroups: [] }
  t.strictSame((await store.user(organization, ceo))?.memberOf, memberOf)
})

t.test('R3 migrate() to 0008-former-names: names of deleted users stay reserved', async t => {
  const store = await openDump(t, '0007-user-terms')
  const bob = userId('2c1c9c0c-6f3a-4b1e-8a55-1f0f7c9b2b02')
  const ceo = userId('0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55')
  const space = 'address'
  t.strictSame(await store.formerNames(organization, bob), [{ space, name: 'bob@example.com' }])
  t.strictSame(await store.formerNames(organization, ceo), [])
  t.match(await store.releaseName(organization, space, 'boss@example.com'), { kind: 'in-use' })
  t.match(await store.releaseName(organization, space, 'bob@example.com'), { kind: 'released' })
  const next = await store.putUser(organization, {
    primarySmtpAddress: 'bob@example.com',
    aliases: [],
  })
  t.not(next.id, bob)
})

t.test('R3 migrate() from 0008-former-names: a former name stays reserved', async t => {
  const store = await openDump(t, '0008-former-names')
  t.equal(await store.userByName(organization, 'SmtpAddress', 'chief@example.com'), undefined)
  const chief = { primarySmtpAddress: 'chief@example.com', aliases: [] }
  await t.rejects(store.putUser(organization, chief), /stays with the user who had it/)
})

t.test('migrate() from 0007-user-terms: tokens of a role can be revoked', async t => {
  const store = await openDump(t, '0007-user-terms')
  const role = roleId('7a0e8f57-4b8c-4a87-9a4f-6a7b0f1f7f01')
  const revoked = await store.revokeTokens(organization, role)
  t.match(revoked, { version: 12, tokensValidFrom: 12 })
  t.strictSame(await store.role(organization, role), revoked)
})

t.test('migrate() from 0015-identities: an account is found by its name', async t => {
  const store = await openDump(t, '0015-identities')
  const found = await store.identity(accountReference('SVC@example.com'))
  t.match(found, { identity: { sid: 'S-1-5-21-1-2-3-1104' }, principal: { name: 'Backup tool' } })
})

for (const [migration, others, live] of [
  ['0007-user-terms', undefined, 0],
  ['0010-watched-mailboxes', ['2c1c9c0c-6f3a-4b1e-8a55-1f0f7c9b2b02'], 1],
] as const)
  t.test(`R15 migrate() from ${migration}: the watched mailboxes of a subscription`, async t => {
    const store = await openDump(t, migration)
    const idHash = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'
    const [found] = await store.subscriptions(organization, [idHash])
    t.ok(found)
    t.strictSame(found?.others, others)
    t.equal(await store.countSubscriptions(organization, principalId('p')), live)
    await store.keepSubscription(organization, idHash, 1_800_000_000_000)
    t.equal(await store.countSubscriptions(organization, principalId('p')), live)
  })

t.test('migrate() from 0011-outbox: names of principals become unique', async t => {
  const store = await openDump(t, '0011-outbox', SAME_NAMES)
  t.strictSame(await namesIn(store), UNIQUE_NAMES)
})

t.test('openExistingSqlite() changes a database only if it migrates', async t => {
  const file = join(t.testdir(), 'a.db')
  const open = (migrates: boolean) => openExistingSqlite(file, { migrates })
  t.equal(await open(true), undefined)
  t.notOk(existsSync(file))
  const database = new DatabaseSync(file)
  database.exec(dumpOf('0011-outbox'))
  const migrations = () => database.prepare('select count(*) as n from kysely_migration').get()
  const earlier = /a\.db: An earlier version of ews-gateway made the store: make a backup/
  await t.rejects(open(false), { name: 'Failure', message: earlier })
  t.match(migrations(), { n: 11 })
  await (await open(true))?.close()
  t.match(migrations(), { n: Object.keys(MIGRATIONS).length })
  const store = await open(false)
  t.equal((await store?.users(organization))?.length, 1)
  await store?.close()
  database.close()
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
