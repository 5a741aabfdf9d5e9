import t from 'tap'
import {
  type Answered,
  type ControlTestServer,
  NEUTRAL,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const service = 'EwsGateway'
const said = ({ type, message }: Answered) => `${type}: ${message}`
const caller =
  (control: ControlTestServer) =>
  (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service })

const HEADER = 'id,primarySmtpAddress,aliases,principalName,sid,displayName'
const csv = (...rows: readonly string[]) => [HEADER, ...rows].join('\n')

t.test('PutUser creates, changes, disables, and restores users', async t => {
  const control = await startControlTestServer(t)
  const call = caller(control)
  const dave = {
    PrimarySmtpAddress: 'dave@example.com',
    Aliases: ['d@example.com'],
    PrincipalName: 'dave@corp.example.com',
    Sid: 'S-1-5-21-1-2-3-1200',
    DisplayName: 'Dave Example',
  }
  const get = async (UserId = 'dave@example.com') => (await call('GetUser', { UserId })).body

  const made = await call('PutUser', dave)
  const { UserId, Version } = made.body
  t.strictSame(await get(), { ...dave, UserId, Enabled: true, Version })
  t.strictSame(await get('S-1-5-21-1-2-3-1200'), await get('dave@corp.example.com'))

  const role = await control.createRole('role', [{ ImpersonationRuleId: 'all', Effect: 'ALLOW' }])
  const effect = async () =>
    (
      await control.get('GetImpersonationRoleEffect', {
        ImpersonationRoleId: role,
        TargetUser: 'dave@example.com',
      })
    )['Effect']
  t.equal(await effect(), 'ALLOW')
  const disabled = await call('PutUser', {
    UserId,
    ...dave,
    Enabled: false,
    ExpectedVersion: Version,
  })
  t.equal(disabled.status, 200)
  t.equal(await effect(), 'DENY', 'a disabled user cannot be impersonated')
  const late = await call('PutUser', { UserId, ...dave, ExpectedVersion: Version })
  t.match(late, {
    status: 409,
    type: 'ConflictException',
    message: String(disabled.body['Version']),
  })

  await call('PutUser', { UserId, PrimarySmtpAddress: 'dave@example.com' })
  t.strictSame(
    { ...(await get()), Version: '' },
    { UserId, PrimarySmtpAddress: 'dave@example.com', Aliases: [], Enabled: false, Version: '' },
    'what is left out is cleared, but Enabled stays',
  )
  t.equal((await call('DeleteUser', { UserId: 'DAVE@example.com' })).status, 200)
  t.match(said(await call('DeleteUser', { UserId })), /^EntityNotFoundException: /)
  const again = await call('PutUser', { PrimarySmtpAddress: 'Dave@Example.com' })
  t.equal(again.body['UserId'], UserId, 'R3 an ID belongs to a person permanently')

  const by = (action: string) =>
    control.audit().filter(one => one['action'] === `ewsgateway:${action}`)
  t.match(by('PutUser'), [
    { verdict: 'allow', after: { id: UserId, enabled: true } },
    { verdict: 'allow', before: { enabled: true }, after: { enabled: false } },
    { verdict: 'error' },
    { verdict: 'allow', before: { sid: dave.Sid } },
    { verdict: 'allow', after: { id: UserId } },
  ])
  t.match(by('DeleteUser'), [{ before: { id: UserId } }, { reason: 'EntityNotFoundException' }])
})

t.test('PutUser reports what is wrong', async t => {
  const control = await startControlTestServer(t)
  const call = caller(control)
  const bob = await control.userId('bob@example.com')
  for (const [name, input, expected] of [
    ['no address', { PrimarySmtpAddress: 'dave' }, /PrimarySmtpAddress must be an address/],
    ['no alias', { Aliases: ['x y@example.com'] }, /Aliases\[0\] must be an address/],
    ['no SID', { Sid: 'x' }, /Sid must be a SID/],
    ['no principal name', { PrincipalName: 'a b' }, /PrincipalName must be a principal name/],
    ['no id', { UserId: 'dave' }, /UserId must be the ID of a user/],
    ['control characters', { DisplayName: 'a\u0007' }, /DisplayName must be/],
    ['an unknown member', { Role: 'x' }, /Role is an unknown member/],
    [
      "another's alias",
      { Aliases: ['boss@example.com'] },
      /^InvalidParameterException: Aliases must be unique: the address boss@example.com is already in use by ceo@example.com$/,
    ],
    [
      'two conflicts',
      {
        UserId: bob,
        PrimarySmtpAddress: 'ceo@example.com',
        PrincipalName: 'alice@corp.example.com',
      },
      /: PrimarySmtpAddress must be unique: the address ceo@.*; PrincipalName must be unique: the principal name alice@corp/,
    ],
    [
      'an address in use, of a new user',
      { PrimarySmtpAddress: 'BOSS@example.com', ExpectedVersion: 'NONE' },
      /: PrimarySmtpAddress must be unique: the address BOSS@example.com is already in use by ceo@example.com$/,
    ],
    [
      'a SID in use, of a new user',
      { Sid: 'S-1-5-21-1004336348-1177238915-682003330-1101', ExpectedVersion: 'NONE' },
      /: Sid must be unique: the SID S-1-5-.*-1101 is already in use by alice@example.com$/,
    ],
    ['a version of nobody', { ExpectedVersion: 'x' }, /UserId must be given if ExpectedVersion is/],
    [
      'a version of an unknown user',
      { ExpectedVersion: 'x', UserId: '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55' },
      /^EntityNotFoundException: /,
    ],
  ] as const) {
    const answered = await call('PutUser', { PrimarySmtpAddress: 'dave@example.com', ...input })
    t.match(said(answered), expected, `PutUser ${name}`)
  }
})

t.test('one of two concurrent changes of a user gets a conflict', async t => {
  const control = await startControlTestServer(t)
  const call = caller(control)
  const { UserId, Version } = (await call('GetUser', { UserId: 'alice@example.com' })).body
  const seen = await Promise.all(
    ['a', 'b', 'c', 'd'].map(DisplayName =>
      call('PutUser', {
        UserId,
        PrimarySmtpAddress: 'alice@example.com',
        DisplayName,
        ExpectedVersion: Version,
      }),
    ),
  )
  t.strictSame(seen.map(({ status }) => status).toSorted(), [200, 409, 409, 409])
})

t.test('ImportUsers replaces the users by its input, all or nothing', async t => {
  const control = await startControlTestServer(t)
  const call = caller(control)
  const count = async () => (await control.store.users(ORGANIZATION)).length
  const before = await count()
  const alice = `,alice@example.com,al@example.com,alice@corp.example.com,,Alice`

  const dry = await call('ImportUsers', {
    Csv: csv(alice, ',dave@example.com,,,,'),
    DryRun: true,
    DeleteMissing: true,
  })
  t.match(dry.body, { Created: ['dave@example.com'], Updated: ['alice@example.com'], Unchanged: 0 })
  t.equal((dry.body['Deleted'] as string[]).length, before - 1)
  t.equal(await count(), before, 'DryRun writes nothing')

  const kept = await call('ImportUsers', { Csv: csv(alice, ',dave@example.com,,,,') })
  t.strictSame(kept.body, {
    Created: ['dave@example.com'],
    Updated: ['alice@example.com'],
    Deleted: [],
    Unchanged: 0,
    Missing: before - 1,
    RolesNamingDeleted: 0,
    NeedsAcceptRemovals: false,
  })
  const Users = [{ PrimarySmtpAddress: 'erin@example.com' }, { PrimarySmtpAddress: NEUTRAL }]
  const removal = { Users, DeleteMissing: true, DeleteAtMost: before, AcceptRemovals: true }
  const whole = await call('ImportUsers', removal)
  t.match(whole.body, { Created: ['erin@example.com'], Unchanged: 1, Missing: before })
  t.equal(await count(), 2)
  t.match(
    control.audit().map(({ after }) => after),
    [
      { dryRun: true, users: { counts: { created: 1 }, created: undefined } },
      {
        dryRun: false,
        users: { created: [{ id: /^[0-9a-f-]{36}$/, enabled: true }], removed: [] },
      },
      { users: { created: [{ primarySmtpAddress: /./ }] } },
    ],
  )
})

t.test('ImportUsers deletes 1,801 of 2,001 users only if its caller expects that', async t => {
  const Users = Array.from({ length: 2_000 }, (_, i) => ({
    PrimarySmtpAddress: `user${i}@example.com`,
  }))
  const drafts = Users.map(one => ({ primarySmtpAddress: one.PrimarySmtpAddress, aliases: [] }))
  const neutral = { primarySmtpAddress: NEUTRAL, aliases: [] }
  const control = await startControlTestServer(t, { users: [neutral, ...drafts] })
  const call = caller(control)
  const names = ['user1@example.com', 'user1999@example.com']
  for (const [name, target] of [
    ['TargetUsers', names[0]],
    ['NotTargetUsers', names[1]],
    ['TargetUsers', NEUTRAL],
  ] as const)
    await control.createRole(`${name} ${target}`, [
      { ImpersonationRuleId: 'a', Effect: 'DENY', [name]: [target] },
      { ImpersonationRuleId: 'b', Effect: 'DENY', [name]: [target] },
    ])

  const few = { Users: [...Users.slice(0, 199), { PrimarySmtpAddress: NEUTRAL }] }
  const remove = { ...few, DeleteMissing: true }
  const dry = await call('ImportUsers', { ...remove, DryRun: true })
  t.match(dry.body, {
    Deleted: { length: 1_801 },
    RolesNamingDeleted: 1,
    NeedsAcceptRemovals: true,
  })
  const would = 'LimitExceededException: The import would delete 1801 of 2001 users, '
  for (const [more, expected] of [
    [{}, 'InvalidParameterException: DeleteAtMost must be given if DeleteMissing is'],
    [{ DeleteAtMost: -1 }, 'DeleteAtMost must be a number of users'],
    [{ AcceptRemovals: true }, 'DeleteAtMost must be given'],
    [{ DeleteAtMost: 1_800, AcceptRemovals: true }, `${would}and DeleteAtMost is 1800`],
    [{ DeleteAtMost: 1_801 }, `${would}which is more than a tenth, and AcceptRemovals is not`],
  ] as const)
    t.match(said(await call('ImportUsers', { ...remove, ...more })), expected)
  t.equal((await control.store.users(ORGANIZATION)).length, 2_001, 'nothing was deleted')

  const accepted = { ...remove, DeleteAtMost: 1_801, AcceptRemovals: true }
  t.match((await call('ImportUsers', accepted)).body, {
    Deleted: { length: 1_801 },
    RolesNamingDeleted: 1,
  })
  t.equal((await control.store.users(ORGANIZATION)).length, 200)
})

t.test('ImportUsers reports every invalid row', async t => {
  const control = await startControlTestServer(t)
  const call = caller(control)
  const problems = async (input: object) => {
    const { type, message = '' } = await call('ImportUsers', input)
    t.equal(type, 'InvalidParameterException')
    return message.split('; ')
  }
  const rows = Array.from({ length: 40 }, (_, i) => `,bad ${i},,,,`)
  const bad = await problems({ Csv: csv(',good@example.com,,,,', ...rows) })
  t.equal(bad.length, 40)
  t.match(bad[0], /^Csv line 3: primarySmtpAddress "bad 0" is not an address$/)

  const taken = Array.from({ length: 30 }, (_, i) => `,x${i}@example.com,boss@example.com,,,`)
  t.equal((await problems({ Csv: csv(...taken) })).length, 30)
  const both = await problems({ Csv: csv(...taken.slice(0, 2), ',bad,,,,', ...taken.slice(2)) })
  t.equal(both.length, 31)
  t.match(both.slice(1, 4), [
    /^Csv line 3: another row has the address/,
    /^Csv line 4: primarySmtpAddress "bad" is not an address$/,
    /^Csv line 5: another row has the address/,
  ])
  const listed = await problems({
    Users: [
      { PrimarySmtpAddress: 'x@example.com' },
      { PrimarySmtpAddress: 'X@example.com' },
      { PrimarySmtpAddress: 'y@example.com', Aliases: ['boss@example.com'] },
    ],
  })
  t.match(listed, [
    /^Users\[0\]: another row has the address x@example.com too$/,
    /^Users\[1\]: another row has/,
    /^Users\[2\]: the address boss@example.com is already in use by ceo@example.com/,
  ])
  t.match(await problems({ Csv: 'a,b' }), [
    'Csv line 1: the column primarySmtpAddress is missing',
    'the header has columns separated by commas',
    /^Csv line 1: unknown column "a": remove it, or rename it to one of/,
    /^Csv line 1: unknown column "b"/,
  ])
  t.match(await problems({ Csv: HEADER, DeleteMissing: true, DeleteAtMost: 9 }), [
    /would delete all users/,
  ])
  t.match(await problems({}), ['Give either Csv or Users, not both'])
  t.match(await problems({ Csv: HEADER, Users: [] }), ['Give either Csv or Users, not both'])
  t.match(await problems({ Users: [{}] }), ['Users[0].PrimarySmtpAddress is missing'])
})
