import t from 'tap'
import { roleId } from '../../src/model/role.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

t.test('AssumeImpersonationRole issues a token if the policy allows it', async t => {
  let now = 1_700_000_000_000
  const control = await startControlTestServer(t, { now: () => now })
  const [mine, other] = [await control.createRole('mine'), await control.createRole('other')]
  const tool = await control.addPrincipal('tool', [
    {
      Effect: 'Allow',
      Action: ['workmail:AssumeImpersonationRole'],
      Resource: [`arn:aws:workmail:us-east-1:111122223333:organization/${ORGANIZATION}`],
      Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [mine] } },
    },
  ])
  const assume = (ImpersonationRoleId: string) =>
    control.call(
      'AssumeImpersonationRole',
      { OrganizationId: ORGANIZATION, ImpersonationRoleId },
      { as: tool },
    )

  const { body } = await assume(mine)
  t.match(body['Token'], /^[\w-]+\.[\w-]+\.[\w-]+$/)
  t.ok(String(body['Token']).length <= 256)
  t.equal(body['ExpiresIn'], 900)
  t.match(control.audit().at(-1), {
    type: 'assume',
    action: 'workmail:AssumeImpersonationRole',
    verdict: 'allow',
    principalId: tool.principalId,
    accessKeyId: tool.id,
    roleId: mine,
    roleName: 'mine',
    roleType: 'FULL_ACCESS',
    sourceAddress: '127.0.0.1',
  })
  t.notMatch(JSON.stringify(control.audit()), String(body['Token']), 'P8 the token is in no record')

  for (const [what, id, type, verdict] of [
    ['another role', other, 'AccessDeniedException', 'deny'],
    ['a role that does not exist', 'nothing', 'AccessDeniedException', 'deny'],
  ] as const) {
    const answered = await assume(id)
    t.equal(answered.type, type, `AssumeImpersonationRole refuses ${what}`)
    t.match(control.audit().at(-1), { type: 'assume', verdict, reason: type, roleId: id })
  }

  t.test('a locked role is denied with its message', async t => {
    await control.store.lockRole(ORGANIZATION, roleId(mine), {
      message: 'Audit',
      expiresAt: now + 1,
    })
    t.match(await assume(mine), {
      status: 403,
      type: 'AccessDeniedException',
      message: `The impersonation role ${mine} is locked: Audit`,
    })
    now += 1
    t.equal((await assume(mine)).status, 200)
  })

  t.test('a deleted role does not exist', async t => {
    await control.get('DeleteImpersonationRole', { ImpersonationRoleId: mine })
    t.match(await assume(mine), { status: 400, type: 'ResourceNotFoundException' })
    t.match(control.audit().at(-1), { type: 'assume', verdict: 'error', roleId: mine })
  })
})
