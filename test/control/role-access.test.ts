import t from 'tap'
import type { Statement } from '../../src/model/iam.ts'
import { accessKeyId, principalId } from '../../src/model/principal.ts'
import {
  ANYTHING,
  type ControlTestServer,
  EWS_URL,
  NEUTRAL,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const service = 'EwsGateway'
const ASSUME = 'workmail:AssumeImpersonationRole'
const callAs =
  (control: ControlTestServer, as = control.admin) =>
  (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service, as })

const assuming = (...roles: string[]): Statement => ({
  Effect: 'Allow',
  Action: [ASSUME],
  Resource: ['*'],
  Condition: { StringEquals: { 'workmail:ImpersonationRoleId': roles } },
})

/** Two roles, the first of them locked, and two tools. */
async function furnished(...[t, options]: Parameters<typeof startControlTestServer>) {
  const control = await startControlTestServer(t, { now: () => 1_700_000_000_000, ...options })
  const call = callAs(control)
  const everyone = { ImpersonationRuleId: 'all', Name: 'Everyone', Effect: 'ALLOW' }
  const notCeo = { ImpersonationRuleId: 'ceo', Effect: 'DENY', TargetUsers: ['ceo@example.com'] }
  const backup = await control.createRole('backup', [everyone], { Description: 'Nightly' })
  const migration = await control.createRole('migration', [everyone, notCeo])
  await call('LockImpersonationRole', { ImpersonationRoleId: backup })
  const tool = await control.addPrincipal('tool', [assuming(migration)])
  const both = await control.addPrincipal('both', [assuming(backup, migration)])
  const off = await control.addPrincipal('off', [assuming(backup, migration)])
  await call('UpdatePrincipal', { PrincipalId: off.principalId, Enabled: false })
  const named = (name: string, { principalId: id }: { principalId: string }) => ({
    PrincipalId: id,
    Name: name,
    State: 'ACTIVE',
  })
  const admin = named('admin', control.admin)
  return {
    control,
    call,
    backup,
    migration,
    admin,
    tool: named('tool', tool),
    both: named('both', both),
  }
}

t.test(
  'ListRoleSummaries, ListRolePrincipals, and ListUserAccess return who can act as which user',
  async t => {
    const { control, call, backup, migration, admin, tool, both } = await furnished(t)
    const { body } = await call('ListRoleSummaries')
    t.strictSame(body['Roles'], [
      {
        ImpersonationRoleId: backup,
        Name: 'backup',
        Type: 'FULL_ACCESS',
        Description: 'Nightly',
        Rules: 1,
        AllowRules: 1,
        State: 'LOCKED',
        Lock: {
          DateLocked: 1_700_000_000,
          LockedBy: { PrincipalId: admin.PrincipalId, Name: 'admin' },
        },
        DateModified: 1_700_000_000,
      },
      {
        ImpersonationRoleId: migration,
        Name: 'migration',
        Type: 'FULL_ACCESS',
        Rules: 2,
        AllowRules: 1,
        State: 'ACTIVE',
        DateModified: 1_700_000_000,
      },
    ])
    for (const [role, principals] of [
      [backup, [admin, both]],
      [migration, [admin, both, tool]],
    ] as const) {
      const { body } = await call('ListRolePrincipals', { ImpersonationRoleId: role })
      t.strictSame(body['Principals'], principals)
    }
    const missing = await call('ListRolePrincipals', { ImpersonationRoleId: crypto.randomUUID() })
    t.equal(missing.type, 'ResourceNotFoundException')

    const all = { ImpersonationRuleId: 'all', Name: 'Everyone', Effect: 'ALLOW' }
    const shared = { Type: 'FULL_ACCESS' }
    const first = { ImpersonationRoleId: backup, Name: 'backup', ...shared, State: 'LOCKED' }
    const second = { ImpersonationRoleId: migration, Name: 'migration', ...shared, State: 'ACTIVE' }
    const onFirst = { Principals: [admin, both] }
    const onSecond = { Principals: [admin, both, tool] }
    const nobody = { Effect: 'DENY', Reason: 'unknown-user', MatchedRules: [] }
    const accessOf = async (user: string) =>
      (await call('ListUserAccess', { UserId: user })).body['Roles']
    const locked = {
      ...first,
      Effect: 'DENY',
      Reason: 'role-locked',
      AllowsWhenActive: true,
      MatchedRules: [],
      ...onFirst,
    }
    t.strictSame(await accessOf('alice@example.com'), [
      locked,
      { ...second, Effect: 'ALLOW', MatchedRules: [all], ...onSecond },
    ])
    t.strictSame(await accessOf('boss@example.com'), [
      locked,
      {
        ...second,
        Effect: 'DENY',
        Reason: 'rule-denies',
        MatchedRules: [{ ImpersonationRuleId: 'ceo', Effect: 'DENY' }],
        ...onSecond,
      },
    ])
    const nothing = [
      { ...locked, AllowsWhenActive: false },
      { ...second, ...nobody, ...onSecond },
    ]
    t.strictSame(await accessOf(NEUTRAL), nothing)
    await control.store.putUser(ORGANIZATION, {
      primarySmtpAddress: 'gone@example.com',
      aliases: [],
      enabled: false,
    })
    t.strictSame(await accessOf('gone@example.com'), nothing)
    t.equal(
      (await call('ListUserAccess', { UserId: 'nobody@example.com' })).type,
      'EntityNotFoundException',
    )
  },
)

t.test('ListRoleReach returns every user with the deciding rules, and counts them', async t => {
  const { control, call, migration } = await furnished(t)
  const bob = await control.userId('bob@example.com')
  await call('PutGroup', { Name: 'staff', Users: [bob] })
  const rules = [
    { ImpersonationRuleId: 'ceo', Effect: 'DENY', TargetUsers: ['ceo@example.com'] },
    { ImpersonationRuleId: 'staff', Effect: 'ALLOW', TargetGroups: ['staff'] },
    { ImpersonationRuleId: 'two', Effect: 'ALLOW', TargetUsers: ['alice@example.com', bob] },
  ]
  const role = { ImpersonationRoleId: migration, Name: 'migration', Type: 'FULL_ACCESS' }
  await call('PutImpersonationRole', { ...role, Rules: rules })
  const reach = async (input: object) => {
    const { body } = await call('ListRoleReach', { ImpersonationRoleId: migration, ...input })
    const users = body['Users'] as Record<string, unknown>[]
    const lines = users.map(one => [
      String(one['Email']).split('@')[0],
      one['Reason'] ?? one['DisplayName'],
      one['MatchedRules'],
      (one['MatchedGroups'] as { Name: string }[] | undefined)?.map(({ Name }) => Name),
    ])
    t.strictSame(body['Totals'], { Allowed: 2, Denied: 5 })
    return { lines, matches: body['Matches'], NextToken: body['NextToken'] }
  }
  t.strictSame(await reach({ Effect: 'ALLOW' }), {
    lines: [
      ['alice', 'Alice Example', ['two'], undefined],
      ['bob', undefined, ['staff', 'two'], ['staff']],
    ],
    matches: 2,
    NextToken: undefined,
  })
  const first = await reach({ Effect: 'DENY', MaxResults: 2 })
  t.strictSame(
    [first.lines, first.matches],
    [
      [
        ['ceo', 'rule-denies', ['ceo'], undefined],
        ['first', 'no-rule-allows', [], undefined],
      ],
      5,
    ],
  )
  const { NextToken } = first
  t.strictSame((await reach({ Effect: 'DENY', NextToken })).lines, [
    ['neutral', 'unknown-user', [], undefined],
    ["o'brien", 'no-rule-allows', [], undefined],
    ['twin', 'no-rule-allows', [], undefined],
  ])
  const boss = await reach({ Effect: 'DENY', Text: 'boss@' })
  t.strictSame([boss.lines.length, boss.matches], [1, 1])
  const unknown = { ImpersonationRoleId: crypto.randomUUID(), Effect: 'ALLOW' }
  t.equal((await call('ListRoleReach', unknown)).type, 'ResourceNotFoundException')
})

t.test('DescribeOverview returns counts', async t => {
  const { call } = await furnished(t)
  const { body } = await call('DescribeOverview')
  t.strictSame(body, {
    Alias: 'example',
    EwsUrl: EWS_URL,
    PolicyVersion: 13,
    Roles: 2,
    Users: 7,
    Principals: 4,
    Tools: 2,
    Upstream: { State: 'up', DateChanged: 1 },
    Health: [],
  })
})

t.test('GiveRoleToTool creates a principal that can only assume the role', async t => {
  const { control, call, migration } = await furnished(t)
  const input = { ImpersonationRoleId: migration, Name: 'new tool', ExpiresTime: 1_700_000_060 }
  const given = await call('GiveRoleToTool', input)
  t.equal(given.status, 200)
  const { PrincipalId, AccessKeyId, SecretAccessKey } = given.body as Record<string, string>
  t.strictSame(given.body, {
    PrincipalId,
    AccessKeyId,
    SecretAccessKey,
    UserName: AccessKeyId,
    Password: SecretAccessKey,
    EwsUrl: EWS_URL,
  })
  const key = {
    id: AccessKeyId ?? '',
    secret: SecretAccessKey ?? '',
    principalId: principalId(PrincipalId ?? ''),
  }
  const credential = await control.store.credential(accessKeyId(key.id))
  t.equal(credential?.key.expiresAt, 1_700_000_060_000)
  const assumed = await control.call(
    'AssumeImpersonationRole',
    { OrganizationId: ORGANIZATION, ImpersonationRoleId: migration },
    { as: key },
  )
  t.equal(assumed.status, 200)
  t.equal((await callAs(control, key)('ListPrincipals')).type, 'AccessDeniedException')

  const { policy } = (await control.store.principal(ORGANIZATION, key.principalId)) ?? {}
  const again = { PrincipalId, Policy: policy, Name: 'renamed' }
  t.equal((await call('UpdatePrincipal', again)).status, 200, 'its policy can be written as it is')

  const [change] = control.audit().filter(({ action }) => action === 'ewsgateway:GiveRoleToTool')
  t.match(change, {
    type: 'change',
    verdict: 'allow',
    object: { type: 'PRINCIPAL', id: PrincipalId, name: 'new tool' },
    after: { id: PrincipalId, name: 'new tool', key: { id: AccessKeyId } },
  })
  t.notMatch(JSON.stringify(control.audit()) + control.log(), key.secret, 'P8')
  t.ok(control.announced.length > 0)
})

t.test('no action returns an EWS URL that the gateway does not know', async t => {
  const { call, migration } = await furnished(t, { ewsUrl: undefined })
  const given = await call('GiveRoleToTool', { ImpersonationRoleId: migration, Name: 'tool 2' })
  t.equal(given.status, 200)
  for (const { body } of [given, await call('DescribeOverview')]) t.notOk('EwsUrl' in body)
})

t.test('R19 GiveRoleToTool grants at most what the caller has, all or nothing', async t => {
  const { control, call, backup, migration } = await furnished(t)
  const giving: Statement = { ...ANYTHING, Action: ['ewsgateway:GiveRoleToTool'] }
  const giver = callAs(control, await control.addPrincipal('giver', [giving, assuming(migration)]))
  const before = await control.store.principals(ORGANIZATION)
  const input = { ImpersonationRoleId: backup, Name: 'another tool' }
  t.match(await giver('GiveRoleToTool', input), {
    type: 'AccessDeniedException',
    message: /cannot grant more than its own policy allows/,
  })
  const role = crypto.randomUUID()
  for (const [given, type] of [
    [{ ...input, ImpersonationRoleId: role }, 'ResourceNotFoundException'],
    [{ ...input, ExpiresTime: 5 }, 'InvalidParameterException'],
    [{ ...input, Name: '' }, 'InvalidParameterException'],
  ] as const)
    t.equal((await call('GiveRoleToTool', given)).type, type)
  t.strictSame(await control.store.principals(ORGANIZATION), before)
  t.equal((await giver('GiveRoleToTool', { ...input, ImpersonationRoleId: migration })).status, 200)
})

t.test(
  'R19 a principal that can pass a role can give only that role, and cannot assume it',
  async t => {
    const { control, backup, migration, both } = await furnished(t)
    const passing = { ...assuming(migration), Action: ['ewsgateway:PassImpersonationRole'] }
    const administering = { ...ANYTHING, Action: ['ewsgateway:*'] }
    const passer = await control.addPrincipal('passer', [administering, passing])
    const policy = (...Statement: Statement[]) => ({ Version: '2012-10-17', Statement })
    const own = { PrincipalId: passer.principalId }
    for (const [name, input, isAllowed] of [
      ['GiveRoleToTool', { ImpersonationRoleId: migration, Name: 'a' }, true],
      ['GiveRoleToTool', { ImpersonationRoleId: backup, Name: 'b' }, false],
      ['CreatePrincipal', { Name: 'c', Policy: policy(assuming(migration)) }, true],
      ['CreatePrincipal', { Name: 'd', Policy: policy(assuming(migration, backup)) }, false],
      ['CreatePrincipal', { Name: 'e', Policy: policy(administering, passing) }, true],
      [
        'CreatePrincipal',
        { Name: 'f', Policy: policy({ ...ANYTHING, Action: passing.Action }) },
        false,
      ],
      ['CreateAccessKey', { PrincipalId: both.PrincipalId }, false],
      ['UpdatePrincipal', { ...own, Policy: policy(administering, assuming(backup)) }, false],
    ] as const) {
      const { type, status } = await callAs(control, passer)(name, input)
      const expected = isAllowed ? [undefined, 200] : ['AccessDeniedException', 403]
      t.strictSame([type, status], expected, `${name} ${JSON.stringify(input)}`)
    }
    const act = { OrganizationId: ORGANIZATION, ImpersonationRoleId: migration }
    const acted = await control.call('AssumeImpersonationRole', act, { as: passer })
    t.equal(acted.type, 'AccessDeniedException')
  },
)

t.test('a policy that does not name these actions denies them', async t => {
  const control = await startControlTestServer(t)
  const call = callAs(control, await control.addPrincipal('nobody', [assuming('a')]))
  for (const name of [
    'ListRoleSummaries',
    'ListUserAccess',
    'ListRolePrincipals',
    'DescribeOverview',
    'GiveRoleToTool',
  ])
    t.equal((await call(name)).type, 'AccessDeniedException', name)
})
