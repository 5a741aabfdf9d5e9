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
  })
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
