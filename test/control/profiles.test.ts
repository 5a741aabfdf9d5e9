import t from 'tap'
import { OPERATIONS } from '../../src/ews/operations.ts'
import { PROFILES } from '../../src/model/profile.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const service = 'EwsGateway'

t.test('a profile narrows a role, and every other change keeps that', async t => {
  const control = await startControlTestServer(t)
  const rules = [{ ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }]
  const ImpersonationRoleId = await control.createRole('role', rules)
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }, { service })
  const put = (Profile: object, more: object = {}) =>
    call('PutImpersonationRole', { Profile, ...more })
  const described = async () => (await call('DescribeImpersonationRole')).body
  const { Version, Profile: first } = await described()
  t.strictSame(first, { Profile: 'none' })

  await call('LockImpersonationRole', { Message: 'Closed' })
  t.match(
    await put({ Profile: 'mail-read' }, { ExpectedVersion: Version }),
    { status: 409 },
    'of another version',
  )
  const written = {
    Profile: 'mail-read',
    Operations: { Allowed: ['GetItem', 'FindItem', 'GetItem'], Denied: ['FindItem'] },
  }
  const { body } = await put(written)
  const given = {
    Profile: 'mail-read',
    ProfileVersion: 1,
    Operations: { Allowed: ['GetItem', 'FindItem'], Denied: ['FindItem'] },
  }
  t.match(await described(), { Version: body['Version'] })
  t.strictSame((await described())['Profile'], given)
  t.match(control.audit().at(-1), {
    type: 'change',
    action: 'ewsgateway:PutImpersonationRole',
    before: { id: ImpersonationRoleId, name: 'role' },
    after: {
      profile: {
        name: 'mail-read',
        allowedOperations: ['GetItem', 'FindItem'],
        deniedOperations: ['FindItem'],
      },
    },
  })
  t.notOk('profile' in ((control.audit().at(-1) as { before?: object }).before ?? {}))

  const update = { ImpersonationRoleId, Name: 'new', Type: 'FULL_ACCESS', Rules: rules }
  await control.get('UpdateImpersonationRole', update)
  await call('PutImpersonationRole', update)
  await call('PutImpersonationRole', { Guard: (await described())['Guard'] })
  await call('UnlockImpersonationRole')
  t.strictSame((await described())['Profile'], given)
  t.notOk('Profile' in (await control.get('GetImpersonationRole', { ImpersonationRoleId })))

  t.equal((await put({ Profile: 'none' })).status, 200)
  t.strictSame((await described())['Profile'], { Profile: 'none' })
  for (const [input, expected] of [
    [{ Profile: 'all' }, /Profile/],
    [{}, /Profile/],
    [{ Profile: 'agent', Operations: { Allowed: ['Nothing'] } }, /EWS operation/],
    [{ Profile: 'agent', Operations: { Other: [] } }, /Other/],
  ] as const)
    t.match((await put(input)).message, expected)
})

t.test('PutImpersonationRole sets rules and parts at once, if the caller may set each', async t => {
  const control = await startControlTestServer(t)
  const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
  const ImpersonationRoleId = await control.createRole('role', [])
  const call = (name: string, input: object, as = control.admin) =>
    control.call(
      name,
      { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input },
      { service, as },
    )
  const written = { Name: 'role', Type: 'FULL_ACCESS', Rules: [everyone] }
  const Profile = { Profile: 'agent', Operations: { Denied: ['FindItem'] } }
  t.equal((await call('PutImpersonationRole', { ...written, Profile })).status, 200)
  const { body: role } = await call('DescribeImpersonationRole', {})
  t.match(role, { Profile, Rules: [everyone] })
  t.match(control.audit().at(-1), {
    action: 'ewsgateway:PutImpersonationRole',
    before: { rules: [], profile: undefined },
    after: { profile: { name: 'agent', deniedOperations: ['FindItem'] } },
  })

  const poor = await control.addPrincipal('poor', [
    { Effect: 'Allow', Action: ['ewsgateway:PutImpersonationRole'], Resource: ['*'] },
  ])
  const narrow = { ...written, Rules: [] }
  for (const other of [{ Profile: 'none' }, { Profile: 'agent' }, { ...Profile, Profile: 'none' }])
    t.match(
      await call('PutImpersonationRole', { ...narrow, Profile: other }, poor),
      {
        status: 403,
        message: /ewsgateway:PutRoleProfile, which this Profile needs, because it changes/,
      },
      JSON.stringify(other),
    )
  const Guard = role['Guard'] as Readonly<Record<string, unknown>>
  for (const [part, other] of [
    ['Guard', { Guard: { ...Guard, Sending: false } }],
    ['Guard', { Guard: { ...Guard, Mailboxes: 'any' } }],
    ['Period', { Period: { NotAfter: 2_000_000_000 } }],
  ] as const)
    t.match(
      await call('PutImpersonationRole', { ...narrow, ...other }, poor),
      { status: 403, message: new RegExp(`ewsgateway:PutRole${part}, which this ${part} needs`) },
      JSON.stringify(other),
    )
  t.strictSame((await call('DescribeImpersonationRole', {})).body, role, 'nothing has changed')
  const same = { ...narrow, Profile, Guard, Period: {} }
  t.equal((await call('PutImpersonationRole', same, poor)).status, 200, 'parts that stay')
  t.match((await call('DescribeImpersonationRole', {})).body, { Profile, Rules: [] })
  t.equal(
    (await call('PutImpersonationRole', { ...narrow, Profile: { Profile: 'none' } })).status,
    200,
  )
  t.match((await call('DescribeImpersonationRole', {})).body, { Profile: { Profile: 'none' } })
  t.match(
    (await call('PutImpersonationRole', { ...narrow, Profile: { Profile: 'all' } })).message,
    /Profile.Profile/,
  )
})

t.test('explanations and previews show the profile of a role and of its draft', async t => {
  const control = await startControlTestServer(t)
  const Rules = [{ ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }]
  const ImpersonationRoleId = await control.createRole('role', Rules)
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }, { service })
  const asked = { TargetUser: 'alice@example.com', SourceAddress: '192.0.2.7' }
  const explain = async (input: object) =>
    (await call('ExplainDecision', { ...asked, Operation: 'SendItem', ...input })).body
  t.match(await explain({}), { Profile: { Profile: 'none' } })
  const Draft = { Rules, Type: 'FULL_ACCESS', Profile: { Profile: 'mail-read' } }
  const denied = { Verdict: 'DENY', Reason: 'outside-profile', EndedBy: 'Profile' }
  t.match(await explain({ Draft }), { ...denied, Profile: { Profile: 'mail-read' } })
  t.match((await call('PreviewImpersonationRole', { Draft })).body, {
    ProfileBefore: { Profile: 'none' },
    ProfileAfter: { Profile: 'mail-read', ProfileVersion: 1 },
  })

  await call('PutImpersonationRole', { Profile: { Profile: 'calendar-read' } })
  const kept = await explain({ Draft: { Rules, Type: 'FULL_ACCESS' } })
  t.match(kept, { ...denied, Profile: { Profile: 'calendar-read' } }, 'a draft can leave it out')
  const opened = { Rules, Type: 'FULL_ACCESS', Profile: { Profile: 'none' } }
  t.match(await explain({ Draft: opened }), { Profile: { Profile: 'none' } })
})

t.test('ListRoleProfiles describes every profile', async t => {
  const control = await startControlTestServer(t)
  const { body } = await control.call(
    'ListRoleProfiles',
    { OrganizationId: ORGANIZATION },
    { service },
  )
  const listed = body['Profiles'] as readonly Readonly<{ Profile: string; Can: string[] }>[]
  t.strictSame(
    listed.map(({ Profile }) => Profile),
    PROFILES,
  )
  t.ok(listed.every(({ Can }) => Can.length > 0))
  const operations = body['Operations'] as readonly string[]
  t.ok(operations.includes('FindItem') && operations.every(name => Object.hasOwn(OPERATIONS, name)))
  t.notOk(operations.includes('InstallApp'), 'no role can use it')
})
