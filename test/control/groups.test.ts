import t from 'tap'
import type { ControlLimits } from '../../src/control/action.ts'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { groupId } from '../../src/model/identity.ts'
import {
  type ControlTestServer,
  ELSEWHERE,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const service = 'EwsGateway'
const [STAFF, BOARD] = [
  '6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a01',
  '6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a02',
] as const

async function own(control: ControlTestServer, name: string, input: object = {}) {
  const answered = await control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service })
  if (answered.status !== 200) throw new Error(`${name}: ${answered.type}: ${answered.message}`)
  return answered.body
}

/** IDs of the direct members of a group. */
async function membersOf(control: ControlTestServer, GroupId: string): Promise<readonly string[]> {
  const { Members } = await control.get('ListGroupMembers', { GroupId })
  return (Members as readonly { Id: string }[]).map(({ Id }) => Id)
}

const refusal = (control: ControlTestServer, name: string, input: object) =>
  control.refusal(name, input, { service })

/** Alice is on the board, and the board is part of the staff, as is Bob. */
async function withGroups(control: ControlTestServer): Promise<ControlTestServer> {
  await own(control, 'PutGroup', { GroupId: BOARD, Name: 'Board', Users: ['alice@example.com'] })
  await own(control, 'PutGroup', {
    GroupId: STAFF,
    Name: 'All Staff',
    PrimarySmtpAddress: 'staff@example.com',
    Users: ['bob@corp.example.com'],
    Groups: ['board'],
  })
  return control
}

const rule = (id: string, Effect: string, more: object = {}) => ({
  ImpersonationRuleId: id,
  Effect,
  ...more,
})

/** A role whose rules name groups: which is made empty, as WorkMail's own action knows none. */
async function roleWith(control: ControlTestServer, ...Rules: readonly object[]): Promise<string> {
  const ImpersonationRoleId = await control.createRole(`role ${crypto.randomUUID()}`)
  const role = { ImpersonationRoleId, Name: crypto.randomUUID(), Type: 'FULL_ACCESS', Rules }
  await own(control, 'PutImpersonationRole', role)
  return ImpersonationRoleId
}

t.test('groups are created, found, changed, and deleted', async t => {
  const control = await withGroups(await startControlTestServer(t))
  const alice = await control.userId('alice@example.com')
  const bob = await control.userId('bob@example.com')

  const staff = await own(control, 'DescribeGroupUse', { GroupId: 'STAFF@example.com' })
  t.match(staff, {
    GroupId: STAFF,
    Name: 'All Staff',
    PrimarySmtpAddress: 'staff@example.com',
    Users: 1,
    Groups: [{ GroupId: BOARD }],
  })
  t.strictSame(await membersOf(control, STAFF), [BOARD, bob])
  for (const [Text, found] of [
    ['', ['All Staff', 'Board']],
    ['sta', ['All Staff']],
    ['BOA', ['Board']],
    ['taff', []],
  ] as const) {
    const { Groups } = await own(control, 'SearchGroups', { Text })
    t.strictSame(
      (Groups as { Name: string }[]).map(({ Name }) => Name),
      found,
      Text,
    )
  }
  const first = await own(control, 'SearchGroups', { MaxResults: 1 })
  t.match(first, { Groups: [{ GroupId: STAFF, Email: 'staff@example.com', Members: 2 }], Total: 2 })
  const second = await own(control, 'SearchGroups', {
    MaxResults: 1,
    NextToken: first['NextToken'],
  })
  t.strictSame(second, { Groups: [{ GroupId: BOARD, Name: 'Board', Members: 1 }], Total: 2 })

  const seen = {
    GroupId: STAFF,
    Name: 'Staff',
    PrimarySmtpAddress: 'staff@example.com',
    ExpectedVersion: staff['Version'],
  }
  const { Version } = await own(control, 'PutGroup', { ...seen, Users: [alice], Groups: [BOARD] })
  t.match(await refusal(control, 'PutGroup', seen), `ConflictException: ExpectedVersion is not`)
  t.match(await refusal(control, 'PutGroup', seen), String(Version))
  t.match(control.audit().at(-3), {
    action: 'ewsgateway:PutGroup',
    before: { name: 'All Staff', users: 1, groups: 1 },
    after: {
      name: 'Staff',
      users: 1,
      groups: 1,
      joined: { users: [alice], groups: [] },
      left: { users: [bob], groups: [] },
    },
  })
  t.ok(control.announced.length >= 3, 'and it is announced')

  for (const [input, message] of [
    [{ Name: 'x', Users: ['eve'] }, 'EntityNotFoundException: The organization has no user'],
    [
      { Name: 'x', Groups: ['eve', 'adam'] },
      'EntityNotFoundException: The organization has no group',
    ],
    [{ Name: '' }, 'Name must be'],
    [{ GroupId: 'x', Name: 'x' }, 'GroupId must be the ID of a group'],
    [{ Name: 'x', ExpectedVersion: '1' }, 'GroupId must be given'],
    [
      { GroupId: crypto.randomUUID(), Name: 'BOARD' },
      'the name BOARD is already in use by the group Board',
    ],
    [
      { Name: 'BOARD' },
      `Name must be unique: it is already in use by the group Board. To change that group, give its GroupId, ${BOARD}`,
    ],
    [
      { Name: 'board', PrimarySmtpAddress: 'Staff@Example.com' },
      `${BOARD}; PrimarySmtpAddress must be unique: it is already in use by the group Staff.`,
    ],
  ] as const)
    t.match(await refusal(control, 'PutGroup', input), message)

  await own(control, 'DeleteGroup', { GroupId: 'staff' })
  t.match(control.audit().at(-1), { action: 'ewsgateway:DeleteGroup', before: { id: STAFF } })
  t.match(await refusal(control, 'DeleteGroup', { GroupId: STAFF }), /EntityNotFoundException/)
  const back = await own(control, 'PutGroup', { Name: 'staff' })
  t.equal(back['GroupId'], STAFF, 'R3 its id is its own')
  const there = { OrganizationId: ELSEWHERE, GroupId: STAFF }
  t.match(await control.call('DescribeGroupUse', there, { service }), {
    type: 'OrganizationNotFoundException',
  })
})

t.test('UpdateGroup changes what it names, and leaves the rest', async t => {
  const control = await withGroups(await startControlTestServer(t))
  const [alice, bob] = [
    await control.userId('alice@example.com'),
    await control.userId('bob@example.com'),
  ]
  const gone = await control.userId('ceo@example.com')
  const update = (more: object) => own(control, 'UpdateGroup', { GroupId: 'all staff', ...more })
  await update({ AddUsers: ['alice@corp.example.com', gone, 'bob@example.com'] })
  await own(control, 'DeleteUser', { UserId: gone })
  const staff = () => own(control, 'DescribeGroupUse', { GroupId: STAFF })
  const users = async () => (await membersOf(control, STAFF)).filter(id => id !== BOARD)
  const address = { PrimarySmtpAddress: 'staff@example.com' }
  t.match(await staff(), { ...address, Users: 3, Groups: [{ GroupId: BOARD }] })
  t.strictSame(await users(), [alice, bob, gone].toSorted())
  t.match(control.audit().at(-2), {
    action: 'ewsgateway:UpdateGroup',
    before: { users: 1 },
    after: {
      users: 3,
      joined: { users: [alice, gone].toSorted(), groups: [] },
      left: { users: [], groups: [] },
    },
  })
  await update({ RemoveUsers: [gone, 'alice@example.com'], RemoveGroups: ['Board'], Name: 'Staff' })
  t.match(await staff(), { ...address, Name: 'Staff', Groups: [] })
  t.strictSame(await users(), [bob])
  await own(control, 'UpdateGroup', { GroupId: STAFF, PrimarySmtpAddress: '', AddGroups: [BOARD] })
  t.match(await staff(), { Name: 'Staff', PrimarySmtpAddress: undefined })
  t.strictSame(await membersOf(control, STAFF), [BOARD, bob])
  for (const [more, message] of [
    [
      { AddUsers: ['bob@example.com', 'eve'] },
      'EntityNotFoundException: The organization has no user "eve"',
    ],
    [{ Name: 'board' }, 'the name board is already in use by the group Board'],
    [{ PrimarySmtpAddress: 'staff' }, 'PrimarySmtpAddress must be an address'],
    [{ GroupId: 'nobody' }, 'EntityNotFoundException: The organization has no group "nobody"'],
  ] as const)
    t.match(await refusal(control, 'UpdateGroup', { GroupId: STAFF, ...more }), message)
})

t.test(
  'DescribeGroupUse and SearchGroupUsers show members, and rules also of groups above',
  async t => {
    const control = await withGroups(await startControlTestServer(t))
    const [bob, ceo] = [
      await control.userId('bob@example.com'),
      await control.userId('ceo@example.com'),
    ]
    const lists = { NotTargetGroups: [BOARD, STAFF], TargetUsers: [bob] }
    const role = await roleWith(
      control,
      rule('staff', 'ALLOW', { TargetGroups: [STAFF], Name: 'For staff' }),
      rule('users', 'ALLOW', { TargetUsers: [bob] }),
      rule('not', 'DENY', lists),
    )
    const [staff, board] = [
      { GroupId: STAFF, Name: 'All Staff' },
      { GroupId: BOARD, Name: 'Board' },
    ]
    t.match(await own(control, 'DescribeGroupUse', { GroupId: 'board' }), {
      ...board,
      Users: 1,
      Groups: [],
      MemberOf: [staff],
      Rules: [
        { ImpersonationRoleId: role, RuleName: 'For staff', TargetGroups: [staff] },
        { ImpersonationRuleId: 'not', TargetGroups: [], NotTargetGroups: [board, staff] },
      ],
    })
    t.match(await own(control, 'DescribeGroupUse', { GroupId: STAFF }), {
      Groups: [board],
      MemberOf: [],
      Rules: { length: 2, 1: { NotTargetGroups: [staff] } },
    })
    await own(control, 'UpdateGroup', { GroupId: BOARD, AddGroups: [STAFF], AddUsers: [bob, ceo] })
    t.match(await own(control, 'DescribeGroupUse', { GroupId: BOARD }), {
      MemberOf: [staff],
      Rules: { length: 2 },
    })

    await own(control, 'DeleteUser', { UserId: ceo })
    const search = (input: object) => own(control, 'SearchGroupUsers', { GroupId: BOARD, ...input })
    const { NextToken, ...first } = await search({ MaxResults: 2 })
    t.match(first, {
      Users: [
        { Email: 'alice@example.com', DisplayName: 'Alice Example', State: 'ENABLED' },
        { UserId: bob, Email: 'bob@example.com' },
      ],
      Total: 3,
    })
    const last = { UserId: ceo, Email: 'ceo@example.com', State: 'DELETED' }
    t.match(await search({ MaxResults: 2, NextToken }), { Users: [last], Total: 3 })
    for (const [Text, length] of [
      ['exam al', 1],
      ['ceo', 0],
      ['example', 1],
    ] as const)
      t.match(await search({ Text }), { Users: { length }, Total: length }, Text)
  },
)

t.test("WorkMail's own operations list groups, members, and the groups of a user", async t => {
  const control = await withGroups(await startControlTestServer(t))
  const bob = await control.userId('bob@example.com')
  const gone = groupId(crypto.randomUUID())
  const odd = { id: gone, name: 'Odd', users: [], groups: [groupId(BOARD)] }
  await control.store.putGroup(ORGANIZATION, odd)
  await control.store.deleteGroup(ORGANIZATION, gone)
  await control.store.putGroup(ORGANIZATION, {
    ...odd,
    id: groupId(BOARD),
    name: 'Board',
    groups: [gone],
  })

  const first = await control.get('ListGroups', { MaxResults: 1 })
  t.match(first, { Groups: [{ Id: STAFF, Email: 'staff@example.com', State: 'ENABLED' }] })
  const more = { MaxResults: 1, NextToken: first['NextToken'] }
  t.strictSame(await control.get('ListGroups', more), {
    Groups: [{ Id: BOARD, Name: 'Board', State: 'DISABLED' }],
  })
  const [group, user] = [
    { Id: BOARD, Type: 'GROUP', State: 'DISABLED', Name: 'Board' },
    { Id: bob, Type: 'USER', State: 'ENABLED', Name: 'bob@corp.example.com' },
  ]
  t.strictSame(await control.get('ListGroupMembers', { GroupId: STAFF }), {
    Members: [group, user],
  })
  const page = await control.get('ListGroupMembers', { GroupId: STAFF, MaxResults: 1 })
  t.strictSame(page['Members'], [group])
  t.strictSame(
    await control.get('ListGroupMembers', { GroupId: STAFF, NextToken: page['NextToken'] }),
    { Members: [user] },
  )
  t.strictSame(await control.get('ListGroupMembers', { GroupId: BOARD }), {
    Members: [{ Id: gone, Type: 'GROUP', State: 'DELETED' }],
  })
  for (const EntityId of ['bob@example.com', 'board'])
    t.strictSame(await control.get('ListGroupsForEntity', { EntityId }), {
      Groups: [{ GroupId: STAFF, GroupName: 'All Staff' }],
    })
})

t.test('rules name groups, and every test of a role returns those that matched', async t => {
  const control = await withGroups(await startControlTestServer(t))
  const staffButBoard = rule('staff', 'ALLOW', {
    TargetGroups: ['all staff'],
    NotTargetGroups: ['Board'],
  })
  const ImpersonationRoleId = await roleWith(control, staffButBoard)
  const [all, board] = [
    { GroupId: STAFF, Name: 'All Staff' },
    { GroupId: BOARD, Name: 'Board' },
  ]
  const described = await own(control, 'DescribeImpersonationRole', { ImpersonationRoleId })
  t.match(described, { Damaged: false, UnknownGroups: [] })
  t.strictSame(described['Rules'], [
    { ...staffButBoard, TargetGroups: [STAFF], NotTargetGroups: [BOARD] },
  ])
  const again = { ImpersonationRoleId, Name: 'again', Type: 'FULL_ACCESS' }
  await own(control, 'PutImpersonationRole', { ...again, Rules: described['Rules'] })

  const effectOn = (name: string) =>
    control.get('GetImpersonationRoleEffect', {
      ImpersonationRoleId,
      TargetUser: `${name}@example.com`,
    })
  const matched = { MatchedRules: [{ ImpersonationRuleId: 'staff' }], MatchedGroups: [all] }
  t.strictSame(await effectOn('bob'), { Type: 'FULL_ACCESS', Effect: 'ALLOW', ...matched })
  for (const name of ['alice', 'ceo'])
    t.strictSame(await effectOn(name), { Type: 'FULL_ACCESS', Effect: 'DENY', MatchedRules: [] })

  const explain = (name: string) =>
    own(control, 'ExplainDecision', {
      ImpersonationRoleId,
      TargetUser: `${name}@example.com`,
      Operation: 'GetItem',
      SourceAddress: '192.0.2.7',
    })
  t.match(await explain('bob'), {
    Verdict: 'ALLOW',
    MatchedGroups: [all],
    ImpersonationRules: [{ Matched: true, MatchedGroups: [all] }],
  })
  const refused = await explain('alice')
  t.match(refused, {
    Reason: 'no-rule-allows',
    ImpersonationRules: [{ Matched: false, MatchedGroups: [all], ExceptedGroups: [board] }],
  })
  t.notOk('MatchedGroups' in refused)

  t.match(await own(control, 'ListUserAccess', { UserId: 'bob@example.com' }), {
    Roles: [{ ImpersonationRoleId, Effect: 'ALLOW', MatchedGroups: [all] }],
  })

  const preview = await own(control, 'PreviewImpersonationRole', {
    ImpersonationRoleId,
    Draft: { Rules: [rule('board', 'ALLOW', { TargetGroups: [BOARD] })] },
  })
  t.match(preview, {
    Gained: [{ Email: 'alice@example.com', After: 'FULL_ACCESS', MatchedGroups: [board] }],
    Lost: [{ Email: 'bob@example.com', Before: 'FULL_ACCESS', MatchedGroups: [all] }],
  })
})

t.test("WorkMail's own operations never lose the groups of a role", async t => {
  const control = await withGroups(await startControlTestServer(t))
  const ImpersonationRoleId = await roleWith(
    control,
    rule('a', 'ALLOW', { TargetGroups: [STAFF] }),
    rule('b', 'DENY', { NotTargetUsers: ['bob@example.com'], NotTargetGroups: [BOARD] }),
  )
  const bob = await control.userId('bob@example.com')
  const { Rules } = await control.get('GetImpersonationRole', { ImpersonationRoleId })
  t.strictSame(Rules, [
    rule('a', 'ALLOW', { TargetUsers: [], TargetGroups: [STAFF] }),
    rule('b', 'DENY', { NotTargetUsers: [bob], NotTargetGroups: [BOARD] }),
  ])
  const update = { ImpersonationRoleId, Name: 'x', Type: 'FULL_ACCESS' }
  for (const rules of [[], [rule('a', 'ALLOW')]])
    t.match(
      await control.refusal('UpdateImpersonationRole', { ...update, Rules: rules }),
      /InvalidParameterException: .*Change the role with EwsGateway.PutImpersonationRole/,
    )
  const withGroup = [rule('a', 'ALLOW', { TargetGroups: [STAFF] })]
  for (const name of ['CreateImpersonationRole', 'UpdateImpersonationRole'])
    t.match(
      await control.refusal(name, { ...update, Rules: withGroup }),
      /Rules\[0\].TargetGroups is an unknown member/,
    )

  await own(control, 'PutImpersonationRole', { ...update, Rules: [rule('a', 'ALLOW')] })
  await control.get('UpdateImpersonationRole', { ...update, Rules: [] })
})

t.test('a role with a DENY for a deleted group is damaged, not more permissive', async t => {
  const control = await withGroups(await startControlTestServer(t))
  const rules = [
    rule('all', 'ALLOW'),
    rule('never', 'DENY', { TargetGroups: [BOARD] }),
    rule('staff', 'ALLOW', { TargetGroups: [STAFF] }),
  ]
  const ImpersonationRoleId = await roleWith(control, ...rules)
  await own(control, 'DeleteGroup', { GroupId: BOARD })
  await own(control, 'DeleteGroup', { GroupId: STAFF })

  const described = await own(control, 'DescribeImpersonationRole', { ImpersonationRoleId })
  t.match(described, { Damaged: true, UnknownGroups: [BOARD], UnknownUsers: [] })
  const TargetUser = 'alice@example.com'
  t.match(await control.get('GetImpersonationRoleEffect', { ImpersonationRoleId, TargetUser }), {
    Effect: 'DENY',
    MatchedRules: [{ ImpersonationRuleId: 'never' }],
    MatchedGroups: [{ GroupId: BOARD }],
  })
  const same = { ImpersonationRoleId, Name: 'same', Type: 'FULL_ACCESS', Rules: described['Rules'] }
  await own(control, 'PutImpersonationRole', same)
  const other = { ...same, Rules: [rule('x', 'DENY', { TargetGroups: [crypto.randomUUID()] })] }
  t.match(
    await refusal(control, 'PutImpersonationRole', other),
    /EntityNotFoundException: The organization has no group/,
  )
})

t.test('limits count groups as targets', async t => {
  const limits: ControlLimits = {
    ...CONTROL_LIMITS.default,
    targetsPerList: 1,
    targetsPerRole: 2,
  }
  const control = await withGroups(await startControlTestServer(t, { limits }))
  const ImpersonationRoleId = await control.createRole('role')
  for (const [rules, message] of [
    [
      [{ TargetGroups: [STAFF, BOARD] }],
      /Rules\[0\].TargetGroups must be a list of at most 1 groups/,
    ],
    [
      [{ TargetUsers: ['bob@example.com'], TargetGroups: [STAFF], NotTargetGroups: [BOARD] }],
      /Rules must name at most 2 users and groups in all/,
    ],
  ] as const) {
    const Rules = rules.map(lists => rule('a', 'ALLOW', lists))
    const role = { ImpersonationRoleId, Name: 'role', Type: 'FULL_ACCESS', Rules }
    t.match(await refusal(control, 'PutImpersonationRole', role), message)
  }
})
