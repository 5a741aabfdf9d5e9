import t from 'tap'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { ORGANIZATION, startDesk } from '../kit/desk.ts'

const rule = (Name: string, Effect: string, more: object = {}) => ({
  Name,
  Effect,
  Description: `${Name} rule`,
  ...more,
})

t.test('PutAccessControlRule and ListAccessControlRules agree', async t => {
  let now = 1_700_000_000_000
  const desk = await startDesk(t, { now: () => now })
  const rules = async () => (await desk.get('ListAccessControlRules'))['Rules'] as object[]
  t.strictSame(await rules(), [
    {
      Name: 'Default',
      Effect: 'ALLOW',
      Description: 'Default WorkMail Rule',
      DateCreated: 0,
      DateModified: 0,
    },
  ])

  const [alice, role] = [await desk.userId('alice@example.com'), await desk.createRole('role')]
  const whole = rule('whole', 'DENY', {
    IpRanges: ['10.0.0.0/8', '2001:db8::/32'],
    NotIpRanges: ['10.1.0.0/16'],
    Actions: ['EWS'],
    NotActions: ['IMAP', 'SMTP'],
    UserIds: [alice],
    NotUserIds: [await desk.userId('ceo@example.com')],
    ImpersonationRoleIds: [role],
    NotImpersonationRoleIds: [role],
  })
  t.strictSame(
    await desk.get('PutAccessControlRule', {
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
  await desk.get('PutAccessControlRule', { ...rule('whole', 'ALLOW'), IpRanges: [], UserIds: [] })
  t.strictSame((await rules()).at(-1), {
    ...rule('whole', 'ALLOW'),
    ...created,
    DateModified: 1_700_000_000.5,
  })

  for (const _ of [1, 2])
    t.strictSame(await desk.get('DeleteAccessControlRule', { Name: 'whole' }), {})
  await desk.get('DeleteAccessControlRule', { Name: 'Default' })
  t.strictSame(await rules(), [])
  t.strictSame(
    await desk.get('GetAccessControlEffect', {
      IpAddress: '192.0.2.1',
      Action: 'EWS',
      UserId: alice,
    }),
    { Effect: 'DENY', MatchedRules: [] },
    'without any rule all access is denied',
  )
})

t.test('PutAccessControlRule refuses what does not exist', async t => {
  const desk = await startDesk(t)
  const put = (more: object) => desk.refusal('PutAccessControlRule', rule('r', 'ALLOW', more))
  const bob = await desk.userId('bob@example.com')
  t.equal(
    await put({ UserIds: [bob], NotUserIds: ['nobody@example.com'] }),
    'EntityNotFoundException: No user of the organization is known as "nobody@example.com"',
  )
  t.equal(
    await put({ NotImpersonationRoleIds: ['nothing'] }),
    'ResourceNotFoundException: The impersonation role nothing does not exist',
  )

  const role = await desk.createRole('role')
  const standing = { UserIds: [bob], ImpersonationRoleIds: [role] }
  await desk.get('PutAccessControlRule', rule('r', 'DENY', standing))
  await desk.store.deleteUser(ORGANIZATION, bob)
  await desk.get('DeleteImpersonationRole', { ImpersonationRoleId: role })
  t.equal(await put(standing), 'undefined: undefined', 'R3 but keeps whom the rule named before')
})

t.test('PutAccessControlRule takes no more than the limits', async t => {
  const limits = {
    ...CONTROL_LIMITS.default,
    accessControlRules: 2,
    ipRanges: 1,
    accessControlTargets: 2,
  }
  const desk = await startDesk(t, { limits })
  const put = (name: string, more: object = {}) =>
    desk.refusal('PutAccessControlRule', rule(name, 'ALLOW', more))
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

t.test('GetAccessControlEffect tells the effect and the rules that have it', async t => {
  const desk = await startDesk(t)
  const [alice, bob, role] = [
    await desk.userId('alice@example.com'),
    await desk.userId('bob@example.com'),
    await desk.createRole('role'),
  ]
  await desk.get('PutAccessControlRule', rule('office', 'ALLOW', { IpRanges: ['192.0.2.0/24'] }))
  await desk.get('PutAccessControlRule', rule('no-imap', 'DENY', { Actions: ['IMAP'] }))
  await desk.get('PutAccessControlRule', rule('not-bob', 'DENY', { UserIds: [bob] }))
  const inV6 = { IpRanges: ['2001:db8::/32'], ImpersonationRoleIds: [role] }
  await desk.get('PutAccessControlRule', rule('role-v6', 'ALLOW', inV6))
  await desk.get('DeleteAccessControlRule', { Name: 'Default' })

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
      await desk.get('GetAccessControlEffect', { IpAddress, Action, ...who }),
      { Effect, MatchedRules },
      `${Action} from ${IpAddress} ${JSON.stringify(who)}`,
    )

  const refuse = (Action: string, who: object) =>
    desk.refusal('GetAccessControlEffect', { IpAddress: '192.0.2.7', Action, ...who })
  const both = { UserId: alice, ImpersonationRoleId: role }
  const either =
    'InvalidParameterException: Either UserId or ImpersonationRoleId must be given, and not both'
  t.equal(await refuse('EWS', {}), either)
  t.equal(await refuse('EWS', both), either)
  t.equal(
    await refuse('IMAP', { ImpersonationRoleId: role }),
    'InvalidParameterException: ImpersonationRoleId can only be given where Action is EWS',
  )
  t.match(await refuse('EWS', { UserId: 'nobody@example.com' }), /^EntityNotFoundException: /)
  t.match(await refuse('EWS', { ImpersonationRoleId: 'nothing' }), /^ResourceNotFoundException: /)
})
