/**
 * An organization is made here as it is in WorkMail: read from another gateway, whose API is the same,
 * and from a folder with what the AWS CLI would print of it.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../src/app/compose.ts'
import type { ChangeRecord } from '../../src/audit/audit.ts'
import { importWorkMail, type WorkMailImport } from '../../src/cli/import-workmail.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { signCall } from '../../src/credentials/sign.ts'
import {
  groupId,
  organizationId,
  type User,
  type UserId,
  userId,
  withoutMemberships,
} from '../../src/model/identity.ts'
import { by } from '../../src/model/order.ts'
import { DEFAULT_GUARD, roleDraftOf, roleId } from '../../src/model/role.ts'
import { roleContentOf } from '../../src/model/role-shape.ts'
import { Secret } from '../../src/model/secret.ts'
import type { Store } from '../../src/store/store.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { Command } from '../kit/command.ts'
import {
  FULL,
  type GatewayTestServer,
  type Key,
  ORGANIZATION,
  READ_ONLY,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'

const HERE = organizationId('m-ffffffffffffffffffffffffffffffff')
const [STAFF, SALES] = [
  groupId('S-1-1-13-3456789012-345678901-1'),
  groupId('6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a02'),
]
const WORKMAIL_ID = userId('S-1-1-12-3456789012-345678901-1234')
const EVERYTHING = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
} as const

/** A gateway's configuration and an empty store. */
function target(t: Test, name = 'here'): Readonly<{ config: Config; folder: string }> {
  const folder = join(t.testdirName, name)
  mkdirSync(folder, { recursive: true })
  t.teardown(() => rmSync(t.testdirName, { recursive: true, force: true }))
  const files = {
    password: 'correct-horse-battery',
    'gateway.yaml': `organizations:
  - id: ${HERE}
    alias: here
    upstream:
      url: https://mail.example.com/EWS/Exchange.asmx
      authentication: { kind: basic, username: svc, password: { file: password } }
      serviceAddresses: [svc@example.com]
`,
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return { folder, config: loadConfig({ file: 'gateway.yaml', env: {}, cwd: folder }) }
}

/** The other organization, which behaves like WorkMail. */
async function startOther(
  t: Test,
): Promise<Readonly<{ testServer: GatewayTestServer; key: Key; url: string }>> {
  const testServer = await startGatewayTestServer(t)
  const { store } = testServer
  await store.putUser(ORGANIZATION, {
    id: WORKMAIL_ID,
    primarySmtpAddress: 'dave@example.com',
    aliases: ['d@example.com', "o'hara@example.com"],
    displayName: 'Dave Größe',
  })
  const carol = await store.userByName(ORGANIZATION, 'SmtpAddress', 'carol@example.com')
  if (carol === undefined) throw new Error('Carol is not there')
  await store.putUser(ORGANIZATION, { ...carol, enabled: false })
  const gone = userId('0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55')
  const sales = { name: 'Sales', primarySmtpAddress: 'sales@example.com', groups: [] }
  await store.putGroup(ORGANIZATION, { ...sales, id: SALES, users: [WORKMAIL_ID, carol.id] })
  const alice = await testServer.userId('alice@example.com')
  await store.putGroup(ORGANIZATION, { id: STAFF, name: 'staff', users: [alice], groups: [SALES] })
  await store.putRole({
    id: roleId('AskCody_2'),
    organizationId: ORGANIZATION,
    name: 'Ask Cody',
    description: 'Rooms\nand more',
    type: 'READ_ONLY',
    guard: { ...DEFAULT_GUARD, mailboxes: 'any' },
    rules: [
      { id: 'all', effect: 'ALLOW', name: 'All but one', notTargetUsers: [WORKMAIL_ID] },
      {
        id: 'gone',
        effect: 'DENY',
        targetUsers: [gone, await testServer.userId('boss@example.com')],
      },
      { id: 'group', effect: 'DENY', targetUsers: [], targetGroups: [STAFF] },
    ],
  })
  await store.putAccessControlRule(ORGANIZATION, {
    name: 'office',
    effect: 'ALLOW',
    description: 'From the office',
    ipRanges: ['192.0.2.0/24'],
    actions: ['EWS', 'AutoDiscover'],
    notUserIds: [WORKMAIL_ID],
    impersonationRoleIds: [roleId('AskCody_2')],
  })
  await store.putAccessControlRule(ORGANIZATION, {
    name: 'not-at-night',
    effect: 'DENY',
    description: '',
    notIpRanges: ['10.0.0.0/8'],
  })
  await store.deleteAccessControlRule(ORGANIZATION, 'Default')
  const { key } = await testServer.addPrincipal('admin', EVERYTHING as never)
  return { testServer, key, url: `http://127.0.0.1:${testServer.gateway.controlPort}` }
}

const envOf = (key: Key) => ({ AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret })

async function importing(
  config: Config,
  settings: Partial<WorkMailImport>,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  let text = ''
  const print = (chunk: string) => {
    text += chunk
  }
  await importWorkMail(config, { organization: 'here', dryRun: false, ...settings }, env, {
    print,
    warn: print,
  })
  return text
}

/** Returns the content of a store for comparison, without times, versions, and organization. */
async function contentOf(store: Store, organization: typeof HERE) {
  const roles = await store.roles(organization)
  const rules = await store.accessControlRules(organization)
  const groups = await store.groups(organization)
  return {
    users: await store.users(organization),
    groups: await Promise.all(groups.map(({ id }) => store.group(organization, id))),
    roles: roles.map(({ id, name, description, type, rules }) => ({
      id,
      name,
      description,
      type,
      rules,
    })),
    rules: rules.map(({ createdAt: _, modifiedAt: __, ...rule }) => rule),
  }
}

async function withStore<T>(config: Config, use: (store: Store) => Promise<T>): Promise<T> {
  const { store } = await openStore(config, () => undefined)
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** Returns the records of changes that wait for a gateway to deliver them, by action and name. */
const recordsIn = (config: Config) =>
  withStore(config, store =>
    store.backup(async ({ rows }) => {
      const records: ChangeRecord[] = []
      for await (const { table, row } of rows())
        if (table === 'outbox') records.push(JSON.parse(String(row['record'])))
      const keyOf = ({ action, object }: ChangeRecord) => `${action} ${object?.name}`
      return records.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    }),
  )

/** A period, which WorkMail doesn't have. */
const ENDS = { notAfter: 4_000_000_000_000 }

t.test('importWorkMail()', async t => {
  const { testServer, key, url } = await startOther(t)
  const there = await contentOf(testServer.store, ORGANIZATION)
  const expected = {
    ...there,
    // The neutral mailbox belongs to no user, and WorkMail's API has no SIDs.
    users: there.users
      .filter(({ primarySmtpAddress }) => !primarySmtpAddress.startsWith('neutral'))
      .map(({ sid: _, ...user }) => (user.enabled ? user : { ...user, aliases: [] })),
  }

  await t.test('copies the organization of another gateway, with all its IDs', async t => {
    const { config, folder } = target(t)
    const planned = await importing(config, { endpointUrl: url, dryRun: true }, envOf(key))
    t.match(planned, 'users: 6 created, 0 updated, 0 unchanged; 1 of them disabled')
    t.match(planned, 'groups: 2 created, 0 updated, 0 unchanged')
    t.match(planned, 'access control: 2 created, 0 updated, 0 unchanged, Default removed')
    t.match(planned, 'roles: 3 created, 0 updated, 0 unchanged')
    t.match(
      planned,
      'user neutral@example.com is not imported: it is not a person but a SYSTEM_USER',
    )
    t.match(planned, 'Dry run: nothing was written.')
    t.notOk(existsSync(join(folder, 'data')), 'a dry run creates no store')

    const command = new Command(
      t,
      [
        'import-workmail',
        '--organization',
        'here',
        '--config',
        'gateway.yaml',
        '--endpoint-url',
        url,
      ],
      { cwd: folder, env: envOf(key) },
    )
    t.equal(await command.ended, 0, command.err)
    t.match(command.out, 'Imported. WorkMail has no principals or access keys.')
    t.notMatch(command.out + command.err, key.secret)
    const version = await withStore(config, async store => {
      t.strictSame(await contentOf(store, HERE), expected)
      for (const role of await store.roles(HERE))
        t.strictSame(role.guard, DEFAULT_GUARD, 'the strict guard, whatever stood there')
      return await store.policyVersion(HERE)
    })

    const records = await recordsIn(config)
    const { created }: { created: User[] } = Object(records[0]).after.users
    t.strictSame(
      created.toSorted(by(({ id }) => id)),
      expected.users.map(withoutMemberships).toSorted(by(({ id }) => id)),
      'R47 all users are recorded with their states',
    )
    t.match(records, [
      {
        action: 'ewsgateway:ImportWorkMail',
        organizationId: HERE,
        policyVersion: version,
        object: { type: 'USERS', counts: { created: 6, groups: { created: 2 } } },
        after: {
          users: { created: [{ enabled: Boolean }] },
          groups: { members: { [STAFF]: { joined: { groups: [SALES] } } } },
        },
      },
      ...Array.from({ length: 3 }, () => ({
        action: 'workmail:CreateImpersonationRole',
        object: { type: 'ROLE' },
      })),
      { action: 'workmail:DeleteAccessControlRule', before: { name: 'Default' } },
      { action: 'workmail:PutAccessControlRule', after: { name: 'not-at-night' } },
      { action: 'workmail:PutAccessControlRule', after: { notUserIds: [WORKMAIL_ID] } },
    ])

    const again = await importing(config, { endpointUrl: url }, envOf(key))
    t.strictSame(await recordsIn(config), records, 'an import without changes has no records')
    t.match(again, 'users: 0 created, 0 updated, 6 unchanged')
    t.match(again, 'groups: 0 created, 0 updated, 2 unchanged')
    t.match(again, 'access control: 0 created, 0 updated, 2 unchanged\n')
    t.match(again, 'roles: 0 created, 0 updated, 3 unchanged')
    await withStore(config, async store => {
      t.equal(await store.policyVersion(HERE), version, 'done again, it changes nothing')

      const alice = there.users.find(user => user.primarySmtpAddress.startsWith('alice'))
      if (alice === undefined) throw new Error('Alice is not there')
      await store.putUser(HERE, { ...alice, displayName: 'Al', enabled: false })
      const full = await store.roleByName(HERE, FULL.name)
      if (full === undefined) throw new Error('The role is not there')
      const guard = { ...DEFAULT_GUARD, sending: false }
      const rules = full.rules.slice(0, 1).map(rule => ({ ...rule, ...ENDS }))
      await store.putRole({
        ...roleDraftOf(full),
        rules,
        guard,
        profile: { name: 'no-send' },
        ...ENDS,
      })
      await store.lockRole(HERE, full.id, { message: 'Closed' })
      const readOnly = await store.roleByName(HERE, READ_ONLY.name)
      if (readOnly === undefined) throw new Error('The other role is not there')
      const shadow = {
        ...roleContentOf(readOnly),
        base: '',
        attachedAt: 0,
        attachedBy: { id: '', name: '' },
      }
      await store.putShadow(HERE, readOnly.id, shadow)
    })
    const third = await importing(config, { endpointUrl: url }, envOf(key))
    t.match(third, 'users: 0 created, 1 updated, 5 unchanged')
    t.match(third, 'roles: 0 created, 1 updated, 2 unchanged')
    t.match(third, 'user alice@example.com stays disabled')
    await withStore(config, async store => {
      const role = await store.roleByName(HERE, FULL.name)
      t.match(
        role,
        {
          guard: { sending: false },
          lock: { message: 'Closed' },
          profile: { name: 'no-send' },
          ...ENDS,
          rules: [ENDS, {}],
        },
        'guard, lock, profile, and ends stay',
      )
      t.equal(role?.rules.length, 2)
      t.ok((await store.roleByName(HERE, READ_ONLY.name))?.shadow, 'a draft stays')
      const alice = await store.userByName(HERE, 'SmtpAddress', 'alice@example.com')
      t.match(alice, { enabled: false, sid: /^S-1-5/ }, 'what WorkMail has no word for stays')
      t.notHas(alice, 'displayName')
    })
  })

  await t.test('does not confuse two users', async t => {
    const { config } = target(t)
    await withStore(config, store =>
      store.putUser(HERE, { primarySmtpAddress: 'ceo@example.com', aliases: [] }),
    )
    const made = await importing(config, { endpointUrl: url }, envOf(key))
    t.match(made, 'user ceo@example.com is not imported: ')
    t.match(made, 'role migration-full')
    t.match(made, 'belongs to another user of the gateway')
    await withStore(config, async store => {
      t.strictSame(
        (await store.roles(HERE)).map(({ name }) => name),
        ['backup-readonly'],
        'no role that keeps out somebody who would be let in here',
      )
    })
    const other = target(t, 'other')
    await withStore(other.config, store =>
      store.putUser(HERE, { primarySmtpAddress: 'd@example.com', aliases: [] }),
    )
    await t.rejects(importing(other.config, { endpointUrl: url }, envOf(key)), {
      name: 'WorkMailError',
      message:
        /access control rule office: it names S-1-1-12-.* belongs to another user of the gateway\nNothing was written/,
    })
    await withStore(other.config, async store => t.equal((await store.users(HERE)).length, 1))
  })

  await t.test('R3 does not give a user a name that another user here had', async t => {
    const { config } = target(t)
    await withStore(config, async store => {
      const ceo = await store.putUser(HERE, { primarySmtpAddress: 'ceo@example.com', aliases: [] })
      await store.putUser(HERE, { ...ceo, primarySmtpAddress: 'ceo-old@example.com' })
    })
    const made = await importing(config, { endpointUrl: url }, envOf(key))
    t.match(
      made,
      /user ceo@example.com is not imported: the address ceo@.* stays with .* ReleaseName/,
    )
    t.match(made, 'belongs to another user of the gateway')
    await withStore(config, async store => {
      t.equal(await store.userByName(HERE, 'SmtpAddress', 'ceo@example.com'), undefined)
      t.notOk(
        await store.roleByName(HERE, FULL.name),
        'the role that denies the user is not imported',
      )
    })
  })

  await t.test('copies it from a folder with output of the AWS CLI', async t => {
    const { config, folder } = target(t)
    const from = join(folder, 'workmail')
    mkdirSync(from)
    const save = async (operation: string, name: string, input: object = {}) =>
      writeFileSync(join(from, `${name}.json`), await call(url, key, operation, input))
    await save('ListUsers', 'list-users')
    for (const { id, enabled } of there.users)
      if (enabled) await save('ListAliases', `list-aliases-${id}`, { EntityId: id })
    await save('ListGroups', 'list-groups')
    for (const id of [STAFF, SALES])
      await save('ListGroupMembers', `list-group-members-${id}`, { GroupId: id })
    await save('ListImpersonationRoles', 'list-impersonation-roles')
    for (const { id } of there.roles)
      await save('GetImpersonationRole', `get-impersonation-role-${id}`, {
        ImpersonationRoleId: id,
      })
    await save('ListAccessControlRules', 'list-access-control-rules')

    await importing(config, { from })
    await withStore(config, async store => t.strictSame(await contentOf(store, HERE), expected))

    const edit = (name: string, change: (text: string) => string) => {
      const file = join(from, `${name}.json`)
      const before = readFileSync(file, 'utf8')
      writeFileSync(file, change(before))
      return () => writeFileSync(file, before)
    }
    const role = `get-impersonation-role-AskCody_2`
    for (const [name, file, change, says] of [
      [
        'not all pages',
        'list-users',
        (it: string) => it.replace(/\}$/, ',"NextToken":"x"}'),
        /^ListUsers: every page has a NextToken.* must have the whole list/,
      ],
      [
        'no JSON',
        'list-users',
        () => 'An error occurred',
        /^Cannot read .*list-users.json: .* JSON output of aws workmail list-users$/,
      ],
      [
        'a condition that nobody knows',
        role,
        (it: string) => it.replace('"Effect"', '"Groups":["x"],"Effect"'),
        /Unrecognized key|Groups/i,
      ],
      ['another effect', role, (it: string) => it.replaceAll('DENY', 'MAYBE'), /Rules.*ALLOW/],
      [
        'a condition of access control',
        'list-access-control-rules',
        (it: string) => it.replace('"Effect"', '"Countries":["DE"],"Effect"'),
        /Countries/,
      ],
      [
        'an id that is a path',
        'list-users',
        (it: string) => it.replace(WORKMAIL_ID, '../x'),
        /cannot be part of a file/,
      ],
    ] as const) {
      const undo = edit(file, change)
      await t.rejects(importing(config, { from }), { name: 'WorkMailError', message: says }, name)
      undo()
    }
    const withoutSales = edit('list-groups', it => it.replace(SALES, 'no id'))
    await t.rejects(importing(config, { from }), { message: /cannot be part of a file/ })
    withoutSales()
    rmSync(join(from, `list-group-members-${SALES}.json`))
    await t.rejects(importing(config, { from }), { message: /list-group-members --group-id 6e0d/ })
    rmSync(join(from, `list-aliases-${WORKMAIL_ID}.json`))
    await t.rejects(importing(config, { from }), { message: /list-aliases --entity-id S-1-1-12/ })
    t.ok(readdirSync(from).length > 10)
  })
})

t.test('importWorkMail() skips unsupported settings, and reports them', async t => {
  const { config, folder } = target(t)
  const from = join(folder, 'workmail')
  mkdirSync(from)
  const id = '11111111-2222-1333-8444-555555555555'
  const users = [
    {
      Id: id,
      Email: 'a@example.com',
      Name: 'a',
      DisplayName: 'A',
      State: 'ENABLED',
      UserRole: 'USER',
    },
    { Id: 'r-1', Email: 'room@example.com', Name: 'room', State: 'ENABLED', UserRole: 'RESOURCE' },
    { Id: 'S-1-1-1-2', Name: 'never', State: 'DISABLED', UserRole: 'USER' },
    { Id: 'S-1-1-1-3', Email: 'old@example.com', State: 'DELETED', UserRole: 'USER' },
    {
      Id: 'S-1-1-1-4',
      Email: 'off@example.com',
      State: 'DISABLED',
      UserRole: 'USER',
      NewMember: 1,
    },
  ]
  const files = {
    'list-users': { Users: users },
    [`list-aliases-${id}`]: { Aliases: ['a@example.com', 'al@example.com', 'ä@example.com'] },
    'list-aliases-r-1': { Aliases: [] },
    'list-groups': {
      Groups: [
        { Id: 'S-1-1-2-1', Name: 'gone', State: 'DELETED' },
        { Id: 'odd', Name: 'odd', State: 'DISABLED' },
        { Id: 'S-1-1-2-2', Name: 'around', State: 'ENABLED', Email: 'ä@example.com' },
        { Id: 'S-1-1-2-3', Name: 'good', State: 'ENABLED', Email: 'ä@example.com' },
      ],
    },
    'list-group-members-odd': { Members: [{ Id: id, Type: 'USER', State: 'ENABLED' }] },
    'list-group-members-S-1-1-2-2': { Members: [{ Id: 'odd', Type: 'GROUP' }] },
    'list-group-members-S-1-1-2-3': { Members: [{ Id: id, Type: 'USER' }] },
    'list-impersonation-roles': {
      Roles: ['one', 'two', 'three'].map(role => ({ ImpersonationRoleId: role })),
    },
    'get-impersonation-role-three': {
      ImpersonationRoleId: 'three',
      Name: 'Three',
      Type: 'FULL_ACCESS',
      Rules: [{ ImpersonationRuleId: '1', Effect: 'DENY', NotTargetGroups: ['S-1-1-2-2'] }],
    },
    'get-impersonation-role-one': {
      ImpersonationRoleId: 'one',
      Name: 'One',
      Type: 'FULL_ACCESS',
      Rules: [{ ImpersonationRuleId: '1', Effect: 'ALLOW', TargetUsers: ['al@example.com', id] }],
      DateCreated: 1.5,
    },
    'get-impersonation-role-two': {
      ImpersonationRoleId: 'two',
      Name: 'Two',
      Type: 'FULL_ACCESS',
      Rules: [
        { ImpersonationRuleId: '1', Effect: 'ALLOW' },
        { ImpersonationRuleId: '2', Effect: 'DENY', TargetUsers: ['everyone@example.com'] },
      ],
    },
    'list-access-control-rules': {
      Rules: [
        { Name: 'Default', Effect: 'ALLOW', Actions: [] },
        { Name: 'carrier', Effect: 'DENY', Actions: ['CarrierPigeon'] },
        {
          Name: 'pigeons',
          Effect: 'DENY',
          NotActions: ['CarrierPigeon'],
          IpRanges: ['10.0.0.0/8'],
        },
      ],
    },
  }
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(from, `${name}.json`), JSON.stringify(content))
  const made = await importing(config, { from })
  for (const line of [
    'user room@example.com is not imported: it is not a person but a RESOURCE',
    'user never is not imported: it is DISABLED and has no address',
    'user old@example.com is not imported: its state is DELETED',
    'user a@example.com: the alias "ä@example.com" is skipped, because it is not a valid address',
    'group gone (S-1-1-2-1) is not imported: its state is DELETED',
    'group odd (odd) is not imported: its ID is neither a lowercase UUID nor a SID that begins with S-1-1-',
    'group around is not imported: a group in it is not imported',
    'group good is imported without its address "ä@example.com", which is not an ASCII address like alice@example.com',
    'role Three (three) is not imported: it names the group S-1-1-2-2, which is not imported',
    'role Two (two) is not imported: it names "everyone@example.com", which is not a user',
  ])
    t.ok(made.includes(line), `${line} in ${made}`)
  await withStore(config, async store => {
    const [a, off] = await store.users(HERE)
    const memberOf = { groups: ['S-1-1-2-3'], formerGroups: [] }
    t.match(a, { id, aliases: ['al@example.com'], enabled: true, memberOf })
    t.match(off, { id: 'S-1-1-1-4', enabled: false })
    const [role, ...others] = await store.roles(HERE)
    t.strictSame(role?.rules, [{ id: '1', effect: 'ALLOW', targetUsers: [id as UserId] }])
    t.equal(others.length, 0)
    const rules = await store.accessControlRules(HERE)
    t.strictSame(
      rules.map(({ name, notActions }) => ({ name, notActions })),
      [
        { name: 'Default', notActions: undefined },
        { name: 'pigeons', notActions: undefined },
      ],
      'a DENY for all but an unknown protocol is one for all',
    )
  })
})

t.test('importWorkMail() finds keys as the AWS CLI does, and retries', async t => {
  const { config, folder } = target(t)
  const seen: string[] = []
  const answers: (readonly [status: number, body: object])[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.headers['authorization']} ${request.headers['x-amz-security-token']}`)
    request.resume()
    const [status, body] = answers.shift() ?? [
      400,
      { __type: 'AccessDeniedException', Message: 'no' },
    ]
    response.writeHead(status).end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const endpointUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  mkdirSync(join(folder, '.aws'))
  writeFileSync(
    join(folder, '.aws/credentials'),
    '[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = d\n[other]\r\naws_access_key_id=OTHER\r\naws_secret_access_key=o\r\naws_session_token=token\r\n',
  )
  writeFileSync(
    join(folder, '.aws/config'),
    '[default]\nregion = eu-west-1\n[profile other]\nregion=us-west-2\n[profile sso]\nsso_session = x\n',
  )
  const env = { HOME: folder }
  const refusal = {
    name: 'WorkMailError',
    message: /rejected ListOrganizations: AccessDeniedException: no/,
  }
  const ask = (settings: Partial<WorkMailImport>, more: Readonly<Record<string, string>> = {}) =>
    importing(config, { endpointUrl, ...settings }, { ...env, ...more })
  await t.rejects(ask({}), refusal)
  t.match(seen.pop(), /Credential=DEFAULT\/\d{8}\/eu-west-1\/workmail\/aws4_request.* undefined$/)
  await t.rejects(ask({ profile: 'other' }), refusal)
  t.match(seen.pop(), /Credential=OTHER\/\d{8}\/us-west-2\/.*x-amz-security-token.* token$/)
  await t.rejects(
    ask({ region: 'us-east-1' }, { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 'e' }),
    refusal,
  )
  t.match(seen.pop(), /Credential=ENV\/\d{8}\/us-east-1\//)
  await t.rejects(ask({}, { AWS_PROFILE: 'sso' }), { message: /export-credentials --profile sso/ })
  await t.rejects(ask({ endpointUrl: 'http://workmail.example.com' }), {
    message: /must be an https URL/,
  })
  await t.rejects(ask({ endpointUrl: 'workmail' }), { message: /must be a URL/ })
  await t.rejects(ask({ from: folder }), { message: /Give either --endpoint-url or --from/ })
  t.equal(seen.length, 0)

  answers.push(
    [400, { __type: 'ThrottlingException' }],
    [503, {}],
    [200, { OrganizationSummaries: [] }],
  )
  await t.rejects(ask({}), {
    message: 'The account has no WorkMail organization',
  })
  t.equal(seen.length, 3)
  answers.push([200, { Users: 'none' }])
  await t.rejects(ask({ fromOrganization: ORGANIZATION }), { message: /^ListUsers: Users: / })
})

t.test('importWorkMail() says how to trust the authority', async t => {
  const { config } = target(t)
  const pem = makeCertificates(t.testdir(), [{ name: 'own', alternative: 'IP:127.0.0.1' }])
  const server = createTlsServer({ key: pem('own.key'), cert: pem('own.crt') })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const endpointUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 'e', AWS_REGION: 'us-east-1' }
  await t.rejects(importing(config, { endpointUrl }, env), {
    name: 'WorkMailError',
    message:
      /unable to verify the first certificate[.] Set the environment variable NODE_EXTRA_CA_CERTS to .* in PEM$/,
  })
})

/** An answer as the AWS CLI prints it. */
async function call(url: string, key: Key, operation: string, input: object) {
  const body = JSON.stringify({ OrganizationId: ORGANIZATION, ...input })
  const headers = await signCall({
    url: new URL(url),
    target: `WorkMailService.${operation}`,
    body,
    accessKeyId: key.id,
    secret: new Secret(key.secret),
    at: Date.now(),
  })
  const response = await fetch(url, { method: 'POST', headers, body })
  if (!response.ok) throw new Error(await response.text())
  return response.text()
}
