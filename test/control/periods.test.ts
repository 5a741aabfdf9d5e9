/**
 * Periods of roles, rules, principals, and access keys in the control API.
 */

import t from 'tap'
import { principalId } from '../../src/model/principal.ts'
import { type Answered, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const service = 'EwsGateway'
const said = ({ type, message }: Answered) => `${type}: ${message}`
const DAY = 86_400
const START = Date.UTC(2026, 5, 1) / 1_000

async function start() {
  const clock = { at: START * 1_000 }
  const control = await startControlTestServer(t, { now: () => clock.at })
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service })
  const ImpersonationRoleId = await control.createRole('role', [
    { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' },
  ])
  const describe = async () =>
    (await call('DescribeImpersonationRole', { ImpersonationRoleId })).body
  const explain = async (input: object = {}) => {
    const { body } = await call('ExplainDecision', {
      ImpersonationRoleId,
      TargetUser: 'alice@example.com',
      Operation: 'GetItem',
      SourceAddress: '192.0.2.7',
      ...input,
    })
    return `${body['Verdict']} ${body['Reason'] ?? ''}`.trim()
  }
  return { clock, control, call, ImpersonationRoleId, describe, explain }
}

t.test('a period limits a role, and actions of WorkMail keep the limit', async t => {
  const { clock, control, call, ImpersonationRoleId, describe, explain } = await start()
  const put = (input: object) => call('PutImpersonationRole', { ImpersonationRoleId, ...input })
  t.equal('Period' in (await describe()), false)
  const Period = { NotBefore: START + 60, NotAfter: START + 120 }
  t.equal((await put({ Period })).status, 200)
  t.match(await describe(), { Period })
  for (const [seconds, verdict] of [
    [59.999, 'DENY role-expired'],
    [60, 'ALLOW'],
    [119.999, 'ALLOW'],
    [120, 'DENY role-expired'],
  ] as const) {
    clock.at = (START + seconds) * 1_000
    t.equal(await explain(), verdict, `after ${seconds} s`)
  }
  t.match(
    await control.refusal('AssumeImpersonationRole', { ImpersonationRoleId }),
    /^AccessDeniedException: .* is not valid at this time$/,
  )
  const update = { ImpersonationRoleId, Name: 'new', Type: 'READ_ONLY', Rules: [] }
  await control.get('UpdateImpersonationRole', update)
  t.match(await describe(), { Name: 'new', Period }, 'an update by WorkMail keeps it')
  t.notOk('Period' in (await control.get('GetImpersonationRole', { ImpersonationRoleId })))
  t.equal((await call('PutImpersonationRole', update)).status, 200)
  t.match(await describe(), { Period }, 'an absent Period stays')
  const guard = (await describe())['Guard']
  await call('PutImpersonationRole', { ImpersonationRoleId, Guard: guard })
  await call('LockImpersonationRole', { ImpersonationRoleId })
  await call('UnlockImpersonationRole', { ImpersonationRoleId })
  await call('RevokeImpersonationRoleTokens', { ImpersonationRoleId })
  t.match(await describe(), { Period }, 'other actions keep it')
  await call('PutImpersonationRole', { ...update, Period: { NotAfter: START + 500 } })
  t.strictSame((await describe())['Period'], { NotAfter: START + 500 })

  t.match(said(await put({ Period: { NotBefore: 5, NotAfter: 5 } })), /NotAfter must be later/)
  t.match(said(await put({ Period, ExpectedVersion: '1' })), /^ConflictException/)
  t.equal((await put({ Period: {} })).status, 200)
  t.equal('Period' in (await describe()), false, 'an empty period removes the limit')
  t.match(
    control.audit().find(({ action }) => action === 'ewsgateway:PutImpersonationRole'),
    { before: { notBefore: undefined }, after: { notBefore: Period.NotBefore * 1_000 } },
  )
})

t.test('rules have periods, and temporary ones must end within the limit', async t => {
  const { clock, control, call, ImpersonationRoleId, describe, explain } = await start()
  const put = (rule: object) =>
    call('PutImpersonationRole', {
      ImpersonationRoleId,
      Name: 'role',
      Type: 'FULL_ACCESS',
      Rules: [{ ImpersonationRuleId: 'r', Effect: 'ALLOW', ...rule }],
    })
  const times = { NotBefore: START + 60, NotAfter: START + 120 }
  t.equal((await put(times)).status, 200)
  t.match(await describe(), { Rules: [times] })
  t.equal(await explain(), 'DENY no-rule-allows')
  clock.at = (START + 60) * 1_000
  t.equal(await explain(), 'ALLOW')
  const reach = await call('ListRoleReach', { ImpersonationRoleId, Effect: 'ALLOW' })
  t.ok(Number((reach.body['Totals'] as { Allowed: number }).Allowed) > 0)
  clock.at = (START + 120) * 1_000
  const later = await call('ListRoleReach', { ImpersonationRoleId, Effect: 'ALLOW' })
  t.match(later.body, { Totals: { Allowed: 0 } })

  const update = { ImpersonationRoleId, Name: 'role', Type: 'FULL_ACCESS', Rules: [] }
  t.match(
    await control.refusal('UpdateImpersonationRole', update),
    /Rules of role have NotBefore, NotAfter, which UpdateImpersonationRole does not support/,
  )
  t.notMatch(await control.get('GetImpersonationRole', { ImpersonationRoleId }), {
    Rules: [{ NotAfter: Number }],
  })
  for (const [rule, expected] of [
    [{ NotBefore: 5, NotAfter: 5 }, /Rules\[0\].NotAfter must be later than NotBefore/],
    [{ Temporary: true }, /Rules\[0\].NotAfter must be given/],
    [
      { Temporary: true, NotAfter: START + 120 + 31 * DAY + 1 },
      /Rules\[0\].NotAfter must be at most 31 days/,
    ],
    [{ Temporary: true, NotAfter: START + 120 + 31 * DAY }, /^undefined/],
    [{ Temporary: true, NotBefore: START + 40 * DAY, NotAfter: START + 71 * DAY }, /^undefined/],
  ] as const)
    t.match(said(await put(rule)), expected)
  clock.at += 365 * DAY * 1_000
  const saved = { Temporary: true, NotBefore: START + 40 * DAY, NotAfter: START + 71 * DAY }
  t.match(said(await put(saved)), /^undefined/, 'unchanged times can be saved again')
})

t.test('a principal has a period, and grants nothing that lasts longer than it', async t => {
  const { clock, control, call, explain } = await start()
  const Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
  }
  const made = await call('CreatePrincipal', {
    Name: 'project',
    Policy,
    Period: { NotAfter: START + 1_000 },
  })
  const { PrincipalId } = made.body
  const listed = async () =>
    ((await call('ListPrincipals')).body['Principals'] as Record<string, unknown>[]).find(
      one => one['PrincipalId'] === PrincipalId,
    )
  t.match(await listed(), { Period: { NotAfter: START + 1_000 } })
  t.equal(await explain({ PrincipalId }), 'ALLOW')

  const key = (await call('CreateAccessKey', { PrincipalId })).body
  const as = {
    id: String(key['AccessKeyId']),
    secret: String(key['SecretAccessKey']),
    principalId: principalId(String(PrincipalId)),
  }
  const asProject = (name: string, input: object) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service, as })
  for (const Period of [undefined, {}, { NotAfter: START + 1_001 }])
    t.match(
      said(await asProject('CreatePrincipal', { Name: 'x', Policy, ...(Period && { Period }) })),
      /^AccessDeniedException: .* cannot grant access beyond its own end/,
    )
  const ends = { Name: 'y', Policy, Period: { NotAfter: START + 1_000 } }
  t.equal((await asProject('CreatePrincipal', ends)).status, 200)
  t.match(
    said(await asProject('UpdatePrincipal', { PrincipalId, Period: {} })),
    /beyond its own end/,
    'nor does it extend itself',
  )
  const identities = (input: object) =>
    asProject('PutPrincipalIdentities', {
      Identities: [{ DirectoryAccount: { Sid: 'S-1-5-21-1-2-3-1104', Names: ['EXAMPLE\\svc'] } }],
      ...input,
    })
  const endless = (await call('CreatePrincipal', { Name: 'endless', Policy })).body
  t.match(
    said(await identities({ PrincipalId: endless['PrincipalId'] })),
    /beyond its own end/,
    'nor by an identity of a principal without an end',
  )
  t.equal((await identities({ PrincipalId })).status, 200)
  clock.at = (START + 1_000) * 1_000
  t.equal(await explain({ PrincipalId }), 'DENY principal-expired')
  t.match(
    said(await asProject('ListPrincipals', {})),
    /^UnrecognizedClientException: The principal of the access key is not valid at this time/,
  )
  const longer = { PrincipalId, Period: { NotAfter: START + 2_000 } }
  t.equal((await call('UpdatePrincipal', longer)).status, 200)
  t.equal(await explain({ PrincipalId }), 'ALLOW')
  t.equal((await asProject('ListPrincipals', {})).status, 200)
})

t.test('a new key ends at the limit of the organization, and no later', async t => {
  const { clock, control, call, ImpersonationRoleId } = await start()
  const { body } = await call('GiveRoleToTool', { ImpersonationRoleId, Name: 'tool' })
  const { PrincipalId } = body
  const keys = async () =>
    (await call('ListAccessKeys', { PrincipalId })).body['AccessKeys'] as Record<string, unknown>[]
  const [first] = await keys()
  t.equal(first?.['ExpiresTime'], START + 366 * DAY)
  const create = (input: object) => call('CreateAccessKey', { PrincipalId, ...input })
  t.match(
    said(await create({ ExpiresTime: START + 366 * DAY + 1 })),
    /ExpiresTime must be at most 366 days after the creation of the key/,
  )
  t.match(
    said(await create({ NotBefore: START + 10, ExpiresTime: START + 10 })),
    /NotBefore must be earlier than ExpiresTime/,
  )
  const made = await create({ NotBefore: START + 10, ExpiresTime: START + 100 })
  t.match(made.body, { NotBefore: START + 10, ExpiresTime: START + 100 })
  const AccessKeyId = String(made.body['AccessKeyId'])
  const update = (input: object) => call('UpdateAccessKey', { AccessKeyId, ...input })
  clock.at += 50 * DAY * 1_000
  t.match(said(await update({ ExpiresTime: START + 366 * DAY + 1 })), /must be at most 366 days/)
  t.equal((await update({ ExpiresTime: START + 366 * DAY })).status, 200, 'since its creation')
  t.equal((await update({ ExpiresTime: START + 1 })).status, 400, 'not before it begins')
  t.equal((await update({ ExpiresTime: START + 60 })).status, 200, 'a key can end at once')
  t.match(
    (await keys()).find(key => key['AccessKeyId'] === AccessKeyId),
    { NotBefore: START + 10, ExpiresTime: START + 60 },
    'both keys are as old, so their order depends on their IDs',
  )

  const stored = (await control.store.keysOf(ORGANIZATION, PrincipalId as never))[0]
  if (stored === undefined) throw new Error('There is no key')
  const { expiresAt: _, ...endless } = stored
  await control.store.putKey(endless)
  const shorter = { AccessKeyId: endless.id, ExpiresTime: START + 9_000 * DAY }
  t.equal((await call('UpdateAccessKey', shorter)).status, 200, 'an old key can get any end')
})

t.test("ListAccessKeys returns the state of each key by the gateway's clock", async t => {
  const { clock, call, ImpersonationRoleId } = await start()
  const { body } = await call('GiveRoleToTool', { ImpersonationRoleId, Name: 'tool' })
  const { PrincipalId, AccessKeyId } = body
  const state = async () => {
    const keys = (await call('ListAccessKeys', { PrincipalId })).body['AccessKeys']
    return (keys as Record<string, unknown>[])[0]?.['State']
  }
  const update = (input: object) => call('UpdateAccessKey', { AccessKeyId, ...input })
  const day = 24 * 3_600
  t.equal(await state(), 'ACTIVE')
  await update({ NotBefore: START + 10, ExpiresTime: START + 15 * day })
  t.equal(await state(), 'NOT_YET')
  clock.at += 10_000
  t.equal(await state(), 'ACTIVE')
  clock.at += day * 1_000
  t.equal(await state(), 'EXPIRES_SOON')
  await update({ Enabled: false })
  t.equal(await state(), 'DISABLED')
  clock.at += 14 * day * 1_000
  t.equal(await state(), 'EXPIRED', 'also if it is disabled')
})

t.test('ListEnds lists what ends within the days', async t => {
  const { clock, call, ImpersonationRoleId } = await start()
  const day = (n: number) => START + n * DAY
  const Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['ewsgateway:*'], Resource: ['*'] }],
  }
  const Period = { NotAfter: day(2) }
  const { PrincipalId } = (await call('CreatePrincipal', { Name: 'admin 2', Policy, Period })).body
  await call('CreateAccessKey', { PrincipalId, ExpiresTime: day(4) })
  const off = (await call('CreateAccessKey', { PrincipalId, ExpiresTime: day(5) })).body
  await call('UpdateAccessKey', { AccessKeyId: off['AccessKeyId'], Enabled: false })
  await call('GiveRoleToTool', { ImpersonationRoleId, Name: 'tool', ExpiresTime: day(30) })
  await call('PutImpersonationRole', {
    ImpersonationRoleId,
    Name: 'role',
    Type: 'FULL_ACCESS',
    Rules: [{ ImpersonationRuleId: 'r', Name: 'rule', Effect: 'ALLOW', NotAfter: day(3) }],
    Period: { NotAfter: day(31) },
  })
  const exception = { ImpersonationRoleId, NotAfter: day(20), Reason: 'Investigation 7' }
  await call('PutProtectedMailboxes', { Users: [], Exceptions: [exception] })
  const ends = async (input: object = {}) =>
    ((await call('ListEnds', input)).body['Ends'] as Record<string, unknown>[]).map(
      one => `${one['Kind']} ${one['Name']} ${(Number(one['EndTime']) - START) / DAY}`,
    )
  const soon = ['PRINCIPAL admin 2 2', 'RULE role 3', 'ADMINISTRATOR_KEY admin 2 4']
  t.strictSame(await ends(), [...soon, 'PROTECTION_EXCEPTION role 20', 'ACCESS_KEY tool 30'])
  t.strictSame(await ends({ Days: 4 }), soon)
  t.strictSame((await ends({ Days: 31 })).slice(5), ['ROLE role 31'])
  clock.at = day(2) * 1_000
  t.strictSame(await ends({ Days: 2 }), soon.slice(1), 'what has ended is left out')
  t.match(said(await call('ListEnds', { Days: 0 })), /Days must be a whole number of days/)
})
