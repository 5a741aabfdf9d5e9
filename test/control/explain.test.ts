import t from 'tap'
import {
  type Answered,
  type ControlTestServer,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { NEW_GUARD } from '../kit/guard.ts'

const service = 'EwsGateway'

const explain = (control: ControlTestServer, input: object): Promise<Answered> =>
  control.call(
    'ExplainDecision',
    { OrganizationId: ORGANIZATION, Operation: 'GetItem', SourceAddress: '192.0.2.7', ...input },
    { service },
  )

t.test('ExplainDecision returns the impersonated user, every check, and every rule', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole(
    'role',
    [
      { ImpersonationRuleId: 'everyone', Effect: 'ALLOW', Name: 'Everyone' },
      { ImpersonationRuleId: 'ceo', Effect: 'DENY', TargetUsers: ['ceo@example.com'] },
    ],
    { Type: 'READ_ONLY' },
  )
  await control.get('PutAccessControlRule', {
    Name: 'elsewhere',
    Effect: 'DENY',
    Description: '',
    NotIpRanges: ['192.0.2.0/24'],
  })
  const ceo = await control.userId('ceo@example.com')
  const input = { ImpersonationRoleId, TargetUser: 'boss@example.com', Operation: 'CreateItem' }

  t.strictSame((await explain(control, { ...input, SourceAddress: '198.51.100.1' })).body, {
    Verdict: 'DENY',
    Reason: 'access-control-denies',
    EndedBy: 'AccessControl',
    MatchedRules: ['elsewhere'],
    Target: { Kind: 'USER', UserId: ceo, Email: 'ceo@example.com' },
    Guard: NEW_GUARD,
    Profile: { Profile: 'none' },
    Checks: [
      { Name: 'PrincipalTime', Outcome: 'NOT_MADE' },
      { Name: 'CallerPolicy', Outcome: 'NOT_MADE' },
      { Name: 'Protection', Outcome: 'PASS' },
      { Name: 'Lock', Outcome: 'PASS' },
      { Name: 'RoleTime', Outcome: 'PASS' },
      { Name: 'AccessControl', Outcome: 'REFUSE', Reason: 'access-control-denies' },
      { Name: 'Operation', Outcome: 'PASS' },
      { Name: 'RoleType', Outcome: 'REFUSE', Reason: 'role-is-read-only' },
      { Name: 'Profile', Outcome: 'PASS' },
      { Name: 'Target', Outcome: 'PASS' },
      { Name: 'Impersonation', Outcome: 'REFUSE', Reason: 'rule-denies' },
      { Name: 'SharedMailbox', Outcome: 'PASS' },
      { Name: 'Body', Outcome: 'NOT_MADE' },
      { Name: 'FolderClasses', Outcome: 'NOT_MADE' },
    ],
    AccessControlRules: [
      { Name: 'Default', Effect: 'ALLOW', Matched: true },
      { Name: 'elsewhere', Effect: 'DENY', Matched: true },
    ],
    ImpersonationRules: [
      { ImpersonationRuleId: 'everyone', Name: 'Everyone', Effect: 'ALLOW', Matched: true },
      { ImpersonationRuleId: 'ceo', Effect: 'DENY', Matched: true },
    ],
  })
  const target = async (more: object) =>
    (await explain(control, { ImpersonationRoleId, ...more })).body['Target']
  t.match(await target({ TargetUser: 'nobody@example.com' }), {
    Kind: 'UNKNOWN',
    Why: /No user/,
  })
  t.match(await target({ TargetUser: 'neutral@example.com' }), {
    Kind: 'UNKNOWN',
    Why: /cannot be impersonated/,
  })
  t.strictSame(await target({}), { Kind: 'NEUTRAL' })
  for (const TargetUser of [
    ceo,
    'ceo@corp.example.com',
    'S-1-5-21-1004336348-1177238915-682003330-1104',
  ])
    t.match(await target({ TargetUser }), { Kind: 'USER', UserId: ceo }, 'by any name')

  await control.store.putUser(ORGANIZATION, {
    id: ceo,
    primarySmtpAddress: 'ceo@example.com',
    aliases: [],
    enabled: false,
  })
  t.match(await target({ TargetUser: ceo }), { Kind: 'UNKNOWN', UserId: ceo, Why: /disabled/ })
})

t.test('ExplainDecision evaluates drafts', async t => {
  const control = await startControlTestServer(t)
  const Everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
  const ImpersonationRoleId = await control.createRole('role', [], { Type: 'READ_ONLY' })
  await control.call(
    'LockImpersonationRole',
    { OrganizationId: ORGANIZATION, ImpersonationRoleId },
    { service },
  )
  const verdict = async (input: object) => {
    const { body } = await explain(control, { TargetUser: 'alice@example.com', ...input })
    return [body['Verdict'], body['Reason']].filter(Boolean).join(' ')
  }
  const draft = { Type: 'READ_ONLY', Rules: [Everyone] }
  t.equal(await verdict({ Draft: draft }), 'ALLOW')
  t.equal(await verdict({ Draft: draft, Operation: 'CreateItem' }), 'DENY role-is-read-only')
  const ended = { ...draft, Period: { NotAfter: 1 } }
  t.equal(await verdict({ Draft: ended }), 'DENY role-expired')
  t.equal(await verdict({ Draft: { ...ended, Period: {} } }), 'ALLOW')
  t.equal(
    await verdict({ Draft: { ...draft, Type: 'FULL_ACCESS' }, Operation: 'CreateItem' }),
    'ALLOW',
  )
  const Guard = { ...NEW_GUARD, DirectoryLookups: false, ExtraReads: ['GetImItems'] }
  t.equal(await verdict({ Draft: { ...draft, Guard }, Operation: 'GetImItems' }), 'ALLOW')
  t.equal(
    await verdict({ Draft: { ...draft, Guard }, Operation: 'GetUserAvailability' }),
    'DENY operation-refused',
  )
  t.equal(await verdict({ Draft: draft, Operation: 'GetUserAvailability' }), 'ALLOW')
  t.equal(
    await verdict({ ImpersonationRoleId, Draft: { Rules: [Everyone] } }),
    'DENY role-locked',
    'in the place of a role, with its lock',
  )

  for (const [input, problem] of [
    [{}, /ImpersonationRoleId or Draft must be given/],
    [{ Draft: { Rules: [] } }, /Draft\.Type must be given/],
    [{ ImpersonationRoleId: 'none' }, /^ResourceNotFoundException/],
    [
      { Draft: { ...draft, Rules: [{ ...Everyone, TargetUsers: ['x'] }] } },
      /^EntityNotFoundException/,
    ],
    [{ Draft: draft, SourceAddress: 'here' }, /SourceAddress must be an IP address/],
    [{ Draft: draft, Operation: 'a b' }, /Operation must be/],
    [{ Draft: draft, TargetUser: 'twin@example.com' }, /names 2 users. Use the ID/],
  ] as const) {
    const { type, message } = await explain(control, input)
    t.match(`${type}: ${message}`, problem)
  }
})
