import t from 'tap'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

t.test('SearchUsers finds users, page by page', async t => {
  const control = await startControlTestServer(t)
  const search = (input: object, as = control.admin) =>
    control.call(
      'SearchUsers',
      { OrganizationId: ORGANIZATION, ...input },
      { service: 'EwsGateway', as },
    )
  const found = async (input: object) => {
    const { body } = await search(input)
    return [(body['Users'] as { Email: string }[]).map(({ Email }) => Email), body['NextToken']]
  }
  const { body } = await search({ Text: 'exam' })
  t.strictSame(body, {
    Users: [
      {
        UserId: await control.userId('alice@example.com'),
        Email: 'alice@example.com',
        DisplayName: 'Alice Example',
        PrincipalName: 'alice@corp.example.com',
        Enabled: true,
      },
    ],
    Total: 7,
  })
  await control.store.putUser(ORGANIZATION, {
    primarySmtpAddress: 'off@example.com',
    aliases: [],
    displayName: 'Exam Off',
    enabled: false,
  })
  for (const [input, names] of [
    [{ State: 'DISABLED' }, ['off@example.com']],
    [{ State: 'DISABLED', Text: 'exam' }, ['off@example.com']],
    [{ State: 'DISABLED', Text: 'alice' }, []],
    [{ State: 'ENABLED', Text: 'exam' }, ['alice@example.com']],
  ] as const)
    t.strictSame(await found(input), [names, undefined], JSON.stringify(input))
  await control.call(
    'DeleteUser',
    { OrganizationId: ORGANIZATION, UserId: 'off@example.com' },
    {
      service: 'EwsGateway',
    },
  )
  t.strictSame(await found({ Text: 'TWIN@' }), [
    ['twin@example.com', 'first@example.com'],
    undefined,
  ])

  const [first, token] = await found({ MaxResults: 3 })
  t.strictSame(first, ['alice@example.com', 'bob@example.com', 'ceo@example.com'])
  const [second, end] = await found({ MaxResults: 4, NextToken: token })
  const rest = [
    'first@example.com',
    'neutral@example.com',
    "o'brien@example.com",
    'twin@example.com',
  ]
  t.strictSame([second, end], [rest, undefined])

  for (const [input, type] of [
    [{ Text: 'x'.repeat(257) }, 'InvalidParameterException'],
    [{ NextToken: 'bm9uZQ' }, 'InvalidParameterException'],
  ] as const)
    t.equal((await search(input)).type, type)
  const nobody = await control.addPrincipal('nobody', [])
  t.equal((await search({}, nobody)).type, 'AccessDeniedException')
})

t.test('GetUsers finds many users by any name, and reports the others', async t => {
  const control = await startControlTestServer(t)
  const get = (Identifiers: readonly string[]) =>
    control.call(
      'GetUsers',
      { OrganizationId: ORGANIZATION, Identifiers },
      { service: 'EwsGateway' },
    )
  const ceo = await control.userId('ceo@example.com')
  const names = ['BOSS@example.com', ceo, 'obrien', 'alice@corp.example.com', 'bob@example.com']
  const { body } = await get([...names, 'obrien', 'nobody', 'twin@example.com', 'x y'])
  const users = body['Users'] as { Identifier: string; Email: string; UserId: string }[]
  t.strictSame(
    users.map(({ Identifier }) => Identifier),
    names,
  )
  t.strictSame(
    users.map(({ Email }) => Email),
    [
      'ceo@example.com',
      'ceo@example.com',
      "o'brien@example.com",
      'alice@example.com',
      'bob@example.com',
    ],
  )
  t.strictSame(body['Unknown'], ['nobody', 'x y'])
  const twins = [
    await control.userId('twin@example.com'),
    await control.userId('first@example.com'),
  ]
  t.strictSame(body['Ambiguous'], [{ Identifier: 'twin@example.com', UserIds: twins }])
  t.match((await get(Array(1_001).fill('x'))).message, /at most 1000 identifiers/)
  t.match((await get([''])).message, /Identifiers\[0\] must be 1 to 256/)
})
