import t from 'tap'
import { ORGANIZATION, startControlTestServer, USERS } from '../kit/control-test-server.ts'

t.test('findUser() finds a user by every name', async t => {
  const control = await startControlTestServer(t)
  const ceo = await control.userId('ceo@example.com')
  const describe = (UserId: string) =>
    control.call('DescribeUser', { OrganizationId: ORGANIZATION, UserId })
  for (const name of [
    ceo,
    'ceo@example.com',
    'CEO@EXAMPLE.COM',
    'boss@example.com',
    'ceo@corp.example.com',
    USERS[2]?.sid ?? '',
    String(USERS[2]?.sid).toLowerCase(),
  ])
    t.equal((await describe(name)).body['UserId'], ceo, `findUser() knows ${name}`)
  const byName = await describe('obrien')
  t.equal(byName.body['Email'], "o'brien@example.com", 'findUser() knows a name without @')
  const byAddress = await describe("o'brien@example.com")
  t.equal(
    byAddress.body['UserId'],
    byName.body['UserId'],
    'findUser() knows what WorkMail cannot name',
  )

  for (const name of [
    'nobody@example.com',
    'S-1-5-21-7',
    crypto.randomUUID(),
    ceo.toUpperCase(),
    '%',
  ])
    t.match(
      await describe(name),
      {
        type: 'EntityNotFoundException',
        message: `The organization has no user "${name}"`,
      },
      `findUser() does not know ${name}`,
    )
  const ambiguous = await describe('twin@example.com')
  t.match(ambiguous, {
    type: 'InvalidParameterException',
    message: /^"twin@example.com" names 2 users. Use the ID, /,
  })
})

t.test('R3 findUser() finds no other user by the ID or SID of a deleted one', async t => {
  const control = await startControlTestServer(t)
  const ceo = await control.userId('ceo@example.com')
  await control.store.deleteUser(ORGANIZATION, ceo)
  const sid = String(USERS[2]?.sid)
  for (const PrincipalName of [ceo, ceo.toUpperCase(), sid, sid.toLowerCase()]) {
    const user = { PrimarySmtpAddress: 'mallory@example.com', PrincipalName }
    const input = { OrganizationId: ORGANIZATION, ...user }
    const put = await control.call('PutUser', input, { service: 'EwsGateway' })
    t.equal(put.status, 200, `${put.message}`)
    const rule = { ImpersonationRuleId: 'deny', Effect: 'DENY', TargetUsers: [PrincipalName] }
    t.equal(
      await control.refusal('CreateImpersonationRole', {
        Name: 'role',
        Type: 'READ_ONLY',
        Rules: [rule],
      }),
      `EntityNotFoundException: The organization has no user "${PrincipalName}"`,
    )
  }
})

t.test('findUserIds() reports every unknown user', async t => {
  const control = await startControlTestServer(t)
  const role = (TargetUsers: readonly string[]) => ({
    Name: 'role',
    Type: 'READ_ONLY',
    Rules: [{ ImpersonationRuleId: 'a', Effect: 'ALLOW', TargetUsers }],
  })
  t.equal(
    await control.refusal(
      'CreateImpersonationRole',
      role(['x@example.com', 'bob@example.com', 'y']),
    ),
    'EntityNotFoundException: The organization has no user "x@example.com", "y"',
  )
  const many = Array.from({ length: 30 }, (_, i) => `x${i}`)
  t.match(await control.refusal('CreateImpersonationRole', role(many)), /"x19" and 10 more$/)
  t.match(
    await control.refusal('CreateImpersonationRole', role(['twin@example.com'])),
    /^InvalidParameterException: "twin@example.com" names 2 users/,
  )
})

t.test('findUserIds() yields to other requests', async t => {
  const users = Array.from({ length: 1_000 }, (_, i) => ({
    primarySmtpAddress: `user${i}@example.com`,
    aliases: [],
  }))
  const control = await startControlTestServer(t, { users })
  let turn = 0
  let counting: NodeJS.Immediate
  const count = () => {
    turn += 1
    counting = setImmediate(count)
  }
  count()
  t.teardown(() => clearImmediate(counting))
  const turns = new Set<number>()
  const { change } = control.store
  control.store.change = (organization, work) =>
    change(organization, transaction => {
      const { usersByName } = transaction
      return work({
        ...transaction,
        usersByName: (...names) => {
          turns.add(turn)
          return usersByName(...names)
        },
      })
    })
  const TargetUsers = users.map(({ primarySmtpAddress }) => primarySmtpAddress)
  await control.createRole('role', [{ ImpersonationRuleId: 'a', Effect: 'ALLOW', TargetUsers }])
  t.ok(turns.size >= 10, `it looks up in ${turns.size} turns of the event loop`)
})
