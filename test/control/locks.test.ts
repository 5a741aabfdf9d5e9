import t from 'tap'
import { type Answered, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'
import { NEW_GUARD } from '../kit/guard.ts'

const service = 'EwsGateway'
const said = ({ type, message }: Answered) => `${type}: ${message}`

t.test('LockImpersonationRole denies at once, UnlockImpersonationRole undoes it', async t => {
  let at = Date.UTC(2026, 5, 1)
  const control = await startControlTestServer(t, { now: () => at })
  const ImpersonationRoleId = await control.createRole('role', [
    { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' },
  ])
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }, { service })
  const assume = () => control.refusal('AssumeImpersonationRole', { ImpersonationRoleId })
  const explain = async () =>
    (
      await call('ExplainDecision', {
        TargetUser: 'alice@example.com',
        Operation: 'GetItem',
        SourceAddress: '192.0.2.7',
      })
    ).body
  const describe = async () => (await call('DescribeImpersonationRole')).body

  const summary = async () => {
    const roles = (await call('ListRoleSummaries', { ImpersonationRoleId: undefined })).body[
      'Roles'
    ]
    return (roles as readonly object[])[0] ?? {}
  }

  const first = Number((await describe())['Version'])
  const version = (changes: number) => String(first + changes)
  t.match(await describe(), { State: 'ACTIVE', Name: 'role' })
  t.notOk('Lock' in (await describe()))
  t.equal(await assume(), 'undefined: undefined')

  const ends = at / 1_000 + 60
  const locked = await call('LockImpersonationRole', {
    Message: 'Closed: ask <the help desk>',
    ExpiresTime: ends,
    ExpectedVersion: version(0),
  })
  t.match(locked, { status: 200, body: { Version: version(1) } })
  t.match(await describe(), {
    State: 'LOCKED',
    Version: version(1),
    Lock: {
      Message: 'Closed: ask <the help desk>',
      ExpiresTime: ends,
      DateLocked: at / 1_000,
      LockedBy: { PrincipalId: control.admin.principalId, Name: 'admin' },
    },
  })
  t.match(await summary(), {
    State: 'LOCKED',
    Lock: { Message: 'Closed: ask <the help desk>', LockedBy: { Name: 'admin' } },
  })
  t.match(await assume(), /^AccessDeniedException: .* is locked: Closed: ask <the help desk>$/)
  t.match(await explain(), { Verdict: 'DENY', Reason: 'role-locked', EndedBy: 'Lock' })

  at += 60_000
  t.match(await describe(), { State: 'ACTIVE', Lock: { ExpiresTime: ends } })
  t.notOk('Lock' in (await summary()), 'a list shows no lock that has expired')
  t.equal(await assume(), 'undefined: undefined', 'a lock ends when it expires')

  t.match((await call('LockImpersonationRole')).body, { Version: version(2) })
  t.match(await describe(), { State: 'LOCKED', Lock: {} })
  t.match(await assume(), / is locked$/)
  const update = { ImpersonationRoleId, Name: 'new', Type: 'READ_ONLY', Rules: [] }
  await control.get('UpdateImpersonationRole', update)
  t.match(await describe(), { State: 'LOCKED', Name: 'new' }, 'an update does not unlock')
  t.match((await call('PutImpersonationRole', update)).status, 200)
  t.match(await describe(), { State: 'LOCKED' }, 'nor does this one')

  const early = await call('UnlockImpersonationRole', { ExpectedVersion: version(2) })
  t.match(early, { status: 409, type: 'ConflictException', message: `version, ${version(3)}:` })
  t.match((await call('UnlockImpersonationRole', { ExpectedVersion: version(3) })).body, {
    Version: version(4),
  })
  t.match(
    (await call('UnlockImpersonationRole')).body,
    { Version: version(4) },
    'once more is no change',
  )
  t.match(await describe(), { State: 'ACTIVE' })

  t.match(
    control
      .audit()
      .filter(({ action }) => String(action).endsWith('lockImpersonationRole'))
      .slice(0, 1),
    [
      {
        action: 'ewsgateway:UnlockImpersonationRole',
        verdict: 'error',
        reason: 'ConflictException',
      },
    ],
  )
  t.match(
    control.audit().find(({ action }) => action === 'ewsgateway:LockImpersonationRole'),
    {
      before: { version: first },
      after: {
        version: first + 1,
        lock: {
          message: 'Closed: ask <the help desk>',
          lockedAt: ends * 1_000 - 60_000,
          lockedBy: { id: control.admin.principalId, name: 'admin' },
        },
      },
    },
  )
})

t.test('LockImpersonationRole validates its input', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole('role')
  const lock = async (input: object) =>
    said(
      await control.call(
        'LockImpersonationRole',
        { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input },
        { service },
      ),
    )
  const OK = 'undefined: undefined'
  for (const [name, input, expected] of [
    ['a message of 256 characters', { Message: 'x'.repeat(256) }, OK],
    ['a message of 257 characters', { Message: 'x'.repeat(257) }, /Message must be 1 to 256/],
    ['an empty message', { Message: '' }, /Message must be 1 to 256/],
    ['a line end', { Message: 'a\nb' }, /without control characters/],
    ['a time that has passed', { ExpiresTime: 1 }, /ExpiresTime must be in the future/],
    ['a time as text', { ExpiresTime: '2030-01-01' }, /ExpiresTime must be a time in seconds/],
    ['a time beyond all calendars', { ExpiresTime: 1e12 }, /ExpiresTime must be a time in seconds/],
    ['a version as a number', { ExpectedVersion: 1 }, /ExpectedVersion must be 1 to 64/],
    ['a role that is not there', { ImpersonationRoleId: 'none' }, /^ResourceNotFoundException: /],
  ] as const)
    t.match(await lock(input), expected, `LockImpersonationRole ${name}`)
})

t.test('PutImpersonationRole replaces the version that was read, and sets the guard', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole('role')
  await control.createRole('taken')
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }, { service })
  const version = async () => (await call('DescribeImpersonationRole')).body['Version']
  const role = { Name: 'role', Type: 'READ_ONLY', Rules: [] }

  const Guard = { ...NEW_GUARD, DirectoryLookups: false, ExtraReads: ['GetImItems', 'GetImItems'] }
  const put = await call('PutImpersonationRole', {
    ...role,
    Description: 'New',
    Guard,
    ExpectedVersion: await version(),
  })
  t.match(put, { status: 200, body: { Version: await version() } })
  t.match((await call('DescribeImpersonationRole')).body, {
    Description: 'New',
    Type: 'READ_ONLY',
    Guard: { DirectoryLookups: false, ExtraReads: ['GetImItems'] },
  })
  const late = { ...role, Name: 'late', ExpectedVersion: '1' }
  t.match(await call('PutImpersonationRole', late), {
    status: 409,
    message: `version, ${await version()}:`,
  })
  t.match(await call('PutImpersonationRole', { ...role, Name: 'TAKEN' }), {
    type: 'InvalidParameterException',
    message: 'Name must be unique',
  })
  t.match(
    await call('PutImpersonationRole', {
      ...role,
      Guard: { ...NEW_GUARD, ExtraReads: ['GetItem'] },
    }),
    {
      message:
        /Guard\.ExtraReads\[0\] must be one of GetAppManifests, GetAppMarketplaceUrl, GetImItemList/,
    },
  )
  await call('PutImpersonationRole', { ...role, Name: 'renamed' })
  t.match((await call('DescribeImpersonationRole')).body, {
    Name: 'renamed',
    Guard: { DirectoryLookups: false },
  })
  t.match((await call('DescribeImpersonationRole')).body, { Description: 'New' }, 'absent: stays')
  await call('PutImpersonationRole', { Description: '' })
  t.notOk('Description' in (await call('DescribeImpersonationRole')).body, 'empty: is removed')
  t.match((await call('DescribeImpersonationRole')).body, { Name: 'renamed', Type: 'READ_ONLY' })
  t.match(await call('PutImpersonationRole', { Description: '<' }), {
    message: /Description must be 0 to 256 characters, without </,
  })

  const names = ['a', 'b', 'c', 'd']
  const ExpectedVersion = await version()
  const seen = await Promise.all(
    names.map(Name => call('PutImpersonationRole', { ...role, Name, ExpectedVersion })),
  )
  t.strictSame(seen.map(({ status }) => status).toSorted(), [200, 409, 409, 409])
})

t.test('PutImpersonationRole creates a whole role, or nothing', async t => {
  const control = await startControlTestServer(t)
  const ask = (name: string, input: object, as = control.admin) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service, as })
  const call = (input: object, as = control.admin) => ask('PutImpersonationRole', input, as)
  const roles = async () => (await control.get('ListImpersonationRoles', {}))['Roles']
  const role = {
    Name: 'new',
    Type: 'FULL_ACCESS',
    Description: 'Whole',
    Rules: [{ ImpersonationRuleId: 'one', Effect: 'ALLOW', NotAfter: 2_000_000_000 }],
    ExpectedVersion: 'NONE',
  }
  const parts = {
    Guard: { ...NEW_GUARD, Mailboxes: 'any' },
    Period: { NotAfter: 2_000_000_000 },
    Profile: { Profile: 'no-send' },
  }
  const poor = await control.addPrincipal('poor', [
    { Effect: 'Allow', Action: ['ewsgateway:PutImpersonationRole'], Resource: ['*'] },
  ])
  const bad: readonly [object, RegExp, typeof poor?][] = [
    [{ ...role, ExpectedVersion: undefined }, /ImpersonationRoleId must be given, unless/],
    [{ ...role, ExpectedVersion: '1' }, /ImpersonationRoleId must be given, unless/],
    [{ ...role, Rules: undefined }, /^Name, Type, and Rules must be given for a new role$/],
    [{ ...role, Name: undefined }, /^Name, Type, and Rules must be given for a new role$/],
    [{ ...role, Type: undefined }, /^Name, Type, and Rules must be given for a new role$/],
    [{ ...role, ImpersonationRoleId: 'x', ClientToken: 'a' }, /ClientToken can be given only/],
    [{ ...role, ImpersonationRoleId: 'x' }, /The impersonation role x does not exist/],
    [{ ...role, Guard: parts.Guard }, /ewsgateway:PutRoleGuard, which this Guard needs/, poor],
    [{ ...role, Period: parts.Period }, /ewsgateway:PutRolePeriod/, poor],
    [{ ...role, Profile: parts.Profile }, /ewsgateway:PutRoleProfile/, poor],
  ]
  for (const [input, message, as] of bad)
    t.match((await call(input, as)).message, message, JSON.stringify(input))
  t.strictSame(await roles(), [], 'nothing was created')

  const made = await call({ ...role, ...parts, ClientToken: 'once' })
  t.equal(made.status, 200)
  const { ImpersonationRoleId } = made.body
  const { ExpectedVersion: _, ...content } = role
  const describe = async (id: unknown) =>
    (await ask('DescribeImpersonationRole', { ImpersonationRoleId: id })).body
  const { Version } = made.body
  t.match(await describe(ImpersonationRoleId), { ...content, ...parts, Version })
  const after = { guard: { mailboxes: 'any' }, profile: { name: 'no-send' }, name: 'new' }
  const created = { action: 'ewsgateway:PutImpersonationRole', before: undefined, after }
  t.match(control.audit().at(-1), { ...created, object: { type: 'ROLE', id: ImpersonationRoleId } })
  t.strictSame(
    (await call({ ...role, ...parts, ClientToken: 'once' })).body,
    made.body,
    'the same again',
  )
  t.match((await call({ ...role, Name: 'b', ClientToken: 'once' })).message, /ClientToken was used/)
  t.match((await call(role)).message, /Name must be unique/)
  const seen = { ...role, ImpersonationRoleId }
  t.equal((await call(seen)).status, 409, 'a role that exists is not created')
  const defaults = { Guard: NEW_GUARD, Period: {}, Profile: { Profile: 'none' } }
  const plain = await call({ ...role, ...defaults, Name: 'plain' }, poor)
  t.equal(plain.status, 200, 'defaults need no further permission')
  t.match(await describe(plain.body['ImpersonationRoleId']), { Guard: NEW_GUARD })
})

t.test('a guard is replaced as a whole, in the version that was read', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole('role')
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }, { service })
  await call('LockImpersonationRole', { Message: 'Closed' })
  const { Version, Guard } = (await call('DescribeImpersonationRole')).body
  t.strictSame(Guard, NEW_GUARD, 'a role of WorkMail has the strict one')

  const open = {
    ...NEW_GUARD,
    Mailboxes: 'permitted',
    Delegation: true,
    Senders: 'permitted',
    ExtraReads: ['GetImItems'],
  }
  const put = await call('PutImpersonationRole', { Guard: open, ExpectedVersion: Version })
  t.match((await call('DescribeImpersonationRole')).body, {
    Version: put.body['Version'],
    Guard: open,
    State: 'LOCKED',
    Lock: { Message: 'Closed' },
  })
  t.match(control.audit().at(-1), {
    type: 'change',
    action: 'ewsgateway:PutImpersonationRole',
    before: { guard: { mailboxes: 'own', delegation: false } },
    after: { guard: { mailboxes: 'permitted', delegation: true } },
  })

  const { Senders, ...older } = NEW_GUARD
  const written = await call('PutImpersonationRole', {
    Guard: older,
    ExpectedVersion: put.body['Version'],
  })
  t.strictSame(
    (await call('DescribeImpersonationRole')).body['Guard'],
    NEW_GUARD,
    `${Senders} if it is absent`,
  )
  await call('PutImpersonationRole', { Guard: open, ExpectedVersion: written.body['Version'] })

  for (const [name, input, expected] of [
    ['what was not seen', { Guard: open, ExpectedVersion: Version }, /version, \d+:/],
    ['no structure', { Guard: 'open' }, /Guard must be a structure/],
    ['a part', { Guard: { Sending: false } }, /Guard\.Mailboxes is missing: it must be one of own/],
    [
      'another word',
      { Guard: { ...NEW_GUARD, Mailboxes: 'all' } },
      /must be one of own, permitted, any/,
    ],
    [
      'an upstream that does not check senders',
      { Guard: { ...NEW_GUARD, Senders: 'server' } },
      /Senders can be server only if upstream[.]enforcesSendAs is true/,
    ],
    [
      'text for a switch',
      { Guard: { ...NEW_GUARD, Sending: 'no' } },
      /Guard\.Sending must be true/,
    ],
    [
      'an unknown switch',
      { Guard: { ...NEW_GUARD, Push: true } },
      /Guard\.Push is an unknown member/,
    ],
    ['of no role', { Guard: NEW_GUARD, ImpersonationRoleId: 'none' }, /does not exist/],
  ] as const)
    t.match((await call('PutImpersonationRole', input)).message, expected, name)
  t.match((await call('DescribeImpersonationRole')).body, { Guard: open })
})

t.test('R3 DescribeImpersonationRole shows a role as damaged', async t => {
  const control = await startControlTestServer(t)
  const ids = await Promise.all(
    ['alice', 'bob', 'ceo', 'first'].map(name => control.userId(`${name}@example.com`)),
  )
  const [alice, bob, ceo, first] = ids
  const ImpersonationRoleId = await control.createRole('role', [
    { ImpersonationRuleId: 'allow', Effect: 'ALLOW', TargetUsers: [alice], NotTargetUsers: [bob] },
    { ImpersonationRuleId: 'deny', Effect: 'DENY', TargetUsers: [ceo, first] },
  ])
  const input = { OrganizationId: ORGANIZATION, ImpersonationRoleId }
  const describe = async () =>
    (await control.call('DescribeImpersonationRole', input, { service })).body

  t.match(await describe(), { Damaged: false, UnknownUsers: [] })
  for (const id of [alice, bob, ceo]) if (id) await control.store.deleteUser(ORGANIZATION, id)
  const { Damaged, UnknownUsers } = await describe()
  t.equal(Damaged, true)
  t.strictSame(new Set(UnknownUsers as string[]), new Set([bob, ceo]))
})
