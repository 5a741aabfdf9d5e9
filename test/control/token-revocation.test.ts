import t from 'tap'
import { roleId } from '../../src/model/role.ts'
import { ORGANIZATION, startDesk } from '../kit/desk.ts'

const service = 'EwsGateway'

t.test('R16 RevokeImpersonationRoleTokens ends what was issued, as it was seen', async t => {
  const desk = await startDesk(t)
  const ImpersonationRoleId = await desk.createRole('role')
  const call = (name: string, input: object = {}) =>
    desk.call(name, { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }, { service })
  const stored = async () => await desk.store.role(ORGANIZATION, roleId(ImpersonationRoleId))
  const first = (await stored())?.version ?? 0

  const revoked = await call('RevokeImpersonationRoleTokens', { ExpectedVersion: String(first) })
  t.match(revoked, { status: 200, body: { Version: String(first + 1) } })
  t.match(await stored(), { version: first + 1, tokensValidFrom: first + 1, name: 'role' })
  t.match(desk.audit().at(-1), {
    type: 'change',
    action: 'ewsgateway:RevokeImpersonationRoleTokens',
    verdict: 'allow',
    policyVersion: first + 1,
    before: { id: ImpersonationRoleId, name: 'role', version: first, tokensValidFrom: first },
    after: { version: first + 1, tokensValidFrom: first + 1 },
  })
  t.equal(desk.announced.at(-1), ORGANIZATION, 'R25 it is announced as every change is')

  const late = await call('RevokeImpersonationRoleTokens', { ExpectedVersion: String(first) })
  t.match(late, { status: 409, type: 'ConflictException', message: `version, ${first + 1}:` })
  t.equal((await stored())?.tokensValidFrom, first + 1)
  t.match(desk.audit().at(-1), { verdict: 'error', reason: 'ConflictException' })

  await call('LockImpersonationRole', { Message: 'Closed' })
  const again = await call('RevokeImpersonationRoleTokens')
  t.match(again.body, { Version: String(first + 3) }, 'a locked role, and what is not expected')
  t.match(await stored(), { tokensValidFrom: first + 3, lock: { message: 'Closed' } })
})

t.test('RevokeImpersonationRoleTokens refuses', async t => {
  const desk = await startDesk(t)
  const ImpersonationRoleId = await desk.createRole('role')
  const locker = await desk.addPrincipal('locker', [
    { Effect: 'Allow', Action: ['ewsgateway:Lock*', 'workmail:*'], Resource: ['*'] },
  ])
  for (const [name, input, as, type] of [
    ['an unknown role', { ImpersonationRoleId: 'none' }, desk.admin, 'ResourceNotFoundException'],
    ['no role', { ImpersonationRoleId: '' }, desk.admin, 'InvalidParameterException'],
    ['another permission', {}, locker, 'AccessDeniedException'],
  ] as const) {
    const whole = { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input }
    const answered = await desk.call('RevokeImpersonationRoleTokens', whole, { service, as })
    t.equal(answered.type, type, name)
    t.match(desk.audit().at(-1), { type: 'change', reason: type }, `${name} is recorded`)
  }
  const role = await desk.store.role(ORGANIZATION, roleId(ImpersonationRoleId))
  t.equal(role?.tokensValidFrom, role?.version)
})
