import t from 'tap'
import { roleId } from '../../src/model/role.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const service = 'EwsGateway'

t.test('R16 RevokeImpersonationRoleTokens revokes tokens of the version read', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole('role')
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }, { service })
  const stored = async () => await control.store.role(ORGANIZATION, roleId(ImpersonationRoleId))
  const first = (await stored())?.version ?? 0

  const revoked = await call('RevokeImpersonationRoleTokens', { ExpectedVersion: String(first) })
  t.match(revoked, { status: 200, body: { Version: String(first + 1) } })
  t.match(await stored(), { version: first + 1, tokensValidFrom: first + 1, name: 'role' })
  t.match(control.audit().at(-1), {
    type: 'change',
    action: 'ewsgateway:RevokeImpersonationRoleTokens',
    verdict: 'allow',
    policyVersion: first + 1,
    before: { id: ImpersonationRoleId, name: 'role', version: first, tokensValidFrom: first },
    after: { version: first + 1, tokensValidFrom: first + 1 },
  })
  t.equal(control.announced.at(-1), ORGANIZATION, 'R25 it is announced as every change is')

  const late = await call('RevokeImpersonationRoleTokens', { ExpectedVersion: String(first) })
  t.match(late, { status: 409, type: 'ConflictException', message: `version, ${first + 1}:` })
  t.equal((await stored())?.tokensValidFrom, first + 1)
  t.match(control.audit().at(-1), { verdict: 'error', reason: 'ConflictException' })

  await call('LockImpersonationRole', { Message: 'Closed' })
  const again = await call('RevokeImpersonationRoleTokens')
  t.match(again.body, { Version: String(first + 3) }, 'a locked role, and what is not expected')
  t.match(await stored(), { tokensValidFrom: first + 3, lock: { message: 'Closed' } })
})

t.test('RevokeImpersonationRoleTokens rejects invalid input', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole('role')
  const locker = await control.addPrincipal('locker', [
    { Effect: 'Allow', Action: ['ewsgateway:Lock*', 'workmail:*'], Resource: ['*'] },
  ])
  for (const [name, input, as, type] of [
    [
      'an unknown role',
      { ImpersonationRoleId: 'none' },
      control.admin,
      'ResourceNotFoundException',
    ],
    ['no role', { ImpersonationRoleId: '' }, control.admin, 'InvalidParameterException'],
    ['another permission', {}, locker, 'AccessDeniedException'],
  ] as const) {
    const whole = { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }
    const answered = await control.call('RevokeImpersonationRoleTokens', whole, { service, as })
    t.equal(answered.type, type, name)
    t.match(control.audit().at(-1), { type: 'change', reason: type }, `${name} is recorded`)
  }
  const role = await control.store.role(ORGANIZATION, roleId(ImpersonationRoleId))
  t.equal(role?.tokensValidFrom, role?.version)
})
