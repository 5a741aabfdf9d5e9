import t from 'tap'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const rule = (Name: string, Effect: string, more: object = {}) => ({
  Name,
  Effect,
  Description: `${Name} rule`,
  ...more,
})

t.test('PutAccessControlRule and ListAccessControlRules agree', async t => {
  let now = 1_700_000_000_000
  const control = await startControlTestServer(t, { now: () => now })
  const rules = async () => (await control.get('ListAccessControlRules'))['Rules'] as object[]
  t.strictSame(await rules(), [
    {
      Name: 'Default',
      Effect: 'ALLOW',
      Description: 'Default WorkMail Rule',
      DateCreated: 0,
      DateModified: 0,
    },
  ])

  const [alice, role] = [
    await control.userId('alice@example.com'),
    await control.createRole('role'),
  ]
  const whole = rule('whole', 'DENY', {
    IpRanges: ['10.0.0.0/8', '2001:db8::/32'],
    NotIpRanges: ['10.1.0.0/16'],
    Actions: ['EWS'],
    NotActions: ['IMAP', 'SMTP'],
    UserIds: [alice],
    NotUserIds: [await control.userId('ceo@example.com')],
    ImpersonationRoleIds: [role],
    NotImpersonationRoleIds: [role],
  })
  t.strictSame(
    await control.get('PutAccessControlRule', {
      ...whole,
      IpRanges: ['10.0.0.0/8', '2001:db8::/32', '10.0.0.0/8'],
      UserIds: ['alice@example.com', alice],
      NotUserIds: ['boss@example.com'],
    }),
    {},
  )
  const created = { DateCreated: 1_700_000_000, DateModified: 1_700_000_000 }
  t.strictSame((await rules()).at(-1), { ...whole, ...created })

  now += 500
  await control.get('PutAccessControlRule', {
    ...rule('whole', 'ALLOW'),
    IpRanges: [],
    UserIds: [],
  })
  t.strictSame((await rules()).at(-1), {
    ...rule('whole', 'ALLOW'),
    ...created,
    DateModified: 1_700_000_000.5,
  })

  for (const _ of [1, 2])
    t.strictSame(await control.get('DeleteAccessControlRule', { Name: 'whole' }), {})
  await control.get('DeleteAccessControlRule', { Name: 'Default' })
  t.strictSame(await rules(), [])
  t.strictSame(
    await control.get('GetAccessControlEffect', {
      IpAddress: '192.0.2.1',
      Action: 'EWS',
      UserId: alice,
    }),
    { Effect: 'DENY', MatchedRules: [] },
    'without any rule all access is denied',
  )
})

t.test('PutAccessControlRule rejects unknown users, roles, and actions', async t => {
  const control = await startControlTestServer(t)
  const put = (more: object) => control.refusal('PutAccessControlRule', rule('r', 'ALLOW', more))
  const bob = await control.userId('bob@example.com')
  t.equal(
    await put({ UserIds: [bob], NotUserIds: ['nobody@example.com'] }),
    'EntityNotFoundException: The organization has no user "nobody@example.com"',
  )
  t.equal(
    await put({ NotImpersonationRoleIds: ['nothing'] }),
    'ResourceNotFoundException: The impersonation role nothing does not exist',
  )

  const role = await control.createRole('role')
  const standing = { UserIds: [bob], ImpersonationRoleIds: [role] }
  await control.get('PutAccessControlRule', rule('r', 'DENY', standing))
  await control.store.deleteUser(ORGANIZATION, bob)
  await control.get('DeleteImpersonationRole', { ImpersonationRoleId: role })
  t.equal(
    await put(standing),
    'undefined: undefined',
    'R3 but keeps the users that the rule named before',
  )
})

t.test('PutAccessControlRule rejects more than the limits', async t => {
  const limits = {
    ...CONTROL_LIMITS.default,
    accessControlRules: 2,
    ipRanges: 1,
    accessControlTargets: 2,
  }
  const control = await startControlTestServer(t, { limits })
  const put = (name: string, more: object = {}) =>
    control.refusal('PutAccessControlRule', rule(name, 'ALLOW', more))
  t.equal(
    await put('a', {
      NotIpRanges: ['10.0.0.0/8', '11.0.0.0/8'],
      Actions: ['EWS', 'IMAP', 'SMTP'],
      ImpersonationRoleIds: ['a', 'b', 'c'],
    }),
    'InvalidParameterException: NotIpRanges must be a list of at most 1 entries; Actions must be a list of at most 2 entries; ImpersonationRoleIds must be a list of at most 2 entries',
  )
  t.equal(await put('a'), 'undefined: undefined')
  t.equal(
    await put('b'),
    'LimitExceededException: The organization has 2 access control rules already, which is the limit',
  )
  t.equal(await put('a', { Actions: ['EWS'] }), 'undefined: undefined', 'but replaces one')
})

t.test('GetAccessControlEffect returns the effect and the rules that produced it', async t => {
  const control = await startControlTestServer(t)
  const [alice, bob, role] = [
    await control.userId('alice@example.com'),
    await control.userId('bob@example.com'),
    await control.createRole('role'),
  ]
  await control.get('PutAccessControlRule', rule('office', 'ALLOW', { IpRanges: ['192.0.2.0/24'] }))
  await control.get('PutAccessControlRule', rule('no-imap', 'DENY', { Actions: ['IMAP'] }))
  await control.get('PutAccessControlRule', rule('not-bob', 'DENY', { UserIds: [bob] }))
  const inV6 = { IpRanges: ['2001:db8::/32'], ImpersonationRoleIds: [role] }
  await control.get('PutAccessControlRule', rule('role-v6', 'ALLOW', inV6))
  await control.get('DeleteAccessControlRule', { Name: 'Default' })

  for (const [IpAddress, Action, who, Effect, MatchedRules] of [
    ['192.0.2.7', 'EWS', { UserId: alice }, 'ALLOW', ['office']],
    ['192.0.2.7', 'EWS', { UserId: 'alice@corp.example.com' }, 'ALLOW', ['office']],
    ['192.0.3.7', 'EWS', { UserId: alice }, 'DENY', []],
    ['192.0.2.7', 'IMAP', { UserId: alice }, 'DENY', ['no-imap']],
    ['192.0.2.7', 'IMAP', { UserId: bob }, 'DENY', ['no-imap', 'not-bob']],
    ['::ffff:192.0.2.7', 'EWS', { UserId: alice }, 'ALLOW', ['office']],
    ['2001:db8::7', 'EWS', { ImpersonationRoleId: role }, 'ALLOW', ['role-v6']],
    ['2001:db8::7', 'EWS', { UserId: alice }, 'DENY', []],
  ] as const)
    t.strictSame(
      await control.get('GetAccessControlEffect', { IpAddress, Action, ...who }),
      { Effect, MatchedRules },
      `${Action} from ${IpAddress} ${JSON.stringify(who)}`,
    )

  const refuse = (Action: string, who: object) =>
    control.refusal('GetAccessControlEffect', { IpAddress: '192.0.2.7', Action, ...who })
  const both = { UserId: alice, ImpersonationRoleId: role }
  const either = 'InvalidParameterException: Give either UserId or ImpersonationRoleId, not both'
  t.equal(await refuse('EWS', {}), either)
  t.equal(await refuse('EWS', both), either)
  t.equal(
    await refuse('IMAP', { ImpersonationRoleId: role }),
    'InvalidParameterException: ImpersonationRoleId can only be given if Action is EWS',
  )
  t.match(await refuse('EWS', { UserId: 'nobody@example.com' }), /^EntityNotFoundException: /)
  t.match(await refuse('EWS', { ImpersonationRoleId: 'nothing' }), /^ResourceNotFoundException: /)
})
