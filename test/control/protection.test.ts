import t from 'tap'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

t.test('PutProtectedMailboxes protects users and groups from every role', async t => {
  let now = 1_700_000_000_000
  const control = await startControlTestServer(t, { now: () => now })
  const service = 'EwsGateway'
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service })
  const ceo = await control.userId('ceo@example.com')
  const role = await control.createRole('role', [
    { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' },
  ])
  const effect = async () =>
    await control.get('GetImpersonationRoleEffect', {
      ImpersonationRoleId: role,
      TargetUser: 'boss@example.com',
    })
  t.match(await effect(), { Effect: 'ALLOW' })

  const { Version } = (await call('GetProtectedMailboxes')).body
  const put = await call('PutProtectedMailboxes', {
    Users: ['boss@example.com', ceo],
    ExpectedVersion: Version,
  })
  t.strictSame((await call('GetProtectedMailboxes')).body, {
    Users: [{ UserId: ceo, PrimarySmtpAddress: 'ceo@example.com' }],
    Groups: [],
    Exceptions: [],
    OpaqueIds: 'refuse',
    Version: put.body['Version'],
  })
  t.match(await effect(), { Effect: 'DENY', MatchedRules: [] })
  const access = async () => (await call('ListUserAccess', { UserId: ceo })).body['Roles']
  const denied = [{ Effect: 'DENY', Reason: 'mailbox-protected', MatchedRules: [] }]
  t.match(await access(), denied)
  t.match(control.audit().at(-1), {
    type: 'change',
    action: 'ewsgateway:PutProtectedMailboxes',
    before: { users: [] },
    after: { users: [ceo] },
  })
  await call('PutGroup', { Name: 'board', Users: [ceo] })
  await call('PutProtectedMailboxes', { Users: [], Groups: ['board'] })
  t.match(await access(), denied, 'as a member of a group')
  const stale = await call('PutProtectedMailboxes', { Users: [], ExpectedVersion: Version })
  t.match([stale.status, stale.body], [409, { __type: 'ConflictException' }])

  const exception = (NotAfter: number, ImpersonationRoleId = role) => ({
    Users: [ceo],
    Exceptions: [{ ImpersonationRoleId, NotAfter, Reason: 'Investigation 7' }],
  })
  const end = now / 1_000 + 60
  t.equal((await call('PutProtectedMailboxes', exception(end))).status, 200)
  t.match(await effect(), { Effect: 'ALLOW' })
  now += 60_000
  t.match(await effect(), { Effect: 'DENY' }, 'at the end of the exception')
  t.equal((await call('PutProtectedMailboxes', exception(end))).status, 200, 'it can stay listed')

  for (const [what, input, error] of [
    ['an exception that has ended', exception(end - 1), 'InvalidParameterException'],
    ['an exception for no role', exception(end + 60, 'none'), 'ResourceNotFoundException'],
    ['an unknown user', { Users: ['nobody@example.com'] }, 'EntityNotFoundException'],
    ['an unknown group', { Users: [], Groups: ['none'] }, 'EntityNotFoundException'],
  ] as const) {
    const { status, body } = await call('PutProtectedMailboxes', input)
    t.match([status, body], [400, { __type: error }], what)
  }
})
