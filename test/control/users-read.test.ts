import t from 'tap'
import {
  type ControlTestServer,
  NEUTRAL,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

type UserList = Readonly<{ Users: readonly Readonly<{ Email: string }>[]; NextToken?: string }>

const list = async (control: ControlTestServer, input: object = {}) =>
  (await control.get('ListUsers', input)) as unknown as UserList

/** All pages, and how many there were. */
async function listAll(control: ControlTestServer, input: object) {
  const emails: string[] = []
  let pages = 0
  for (let token: string | undefined; ; pages += 1) {
    const page = await list(control, { ...input, ...(token !== undefined && { NextToken: token }) })
    emails.push(...page.Users.map(({ Email }) => Email))
    token = page.NextToken
    if (token === undefined) return { emails, pages: pages + 1 }
  }
}

t.test('ListUsers, DescribeUser, and ListAliases return the shapes of WorkMail', async t => {
  const control = await startControlTestServer(t)
  const { Users } = await list(control)
  const alice = {
    Email: 'alice@example.com',
    Name: 'alice@corp.example.com',
    DisplayName: 'Alice Example',
    State: 'ENABLED',
    UserRole: 'USER',
  }
  const id = await control.userId('alice@example.com')
  t.strictSame(
    Users.find(({ Email }) => Email === alice.Email),
    { Id: id, ...alice },
  )
  t.match(
    Users.find(({ Email }) => Email === NEUTRAL),
    { Name: NEUTRAL, UserRole: 'SYSTEM_USER' },
    'who cannot be impersonated is no ordinary user',
  )
  t.strictSame(await control.get('DescribeUser', { UserId: id }), { UserId: id, ...alice })

  const aliases = (input: object = {}) =>
    control.get('ListAliases', { EntityId: 'ceo@example.com', ...input })
  t.strictSame(await aliases(), { Aliases: ['a.chief@example.com', 'boss@example.com'] })
  const { NextToken, ...first } = await aliases({ MaxResults: 1 })
  t.strictSame(first, { Aliases: ['a.chief@example.com'] })
  t.strictSame(await aliases({ MaxResults: 1, NextToken }), { Aliases: ['boss@example.com'] })
  t.strictSame(await control.get('ListAliases', { EntityId: id }), { Aliases: [] })
})

t.test('ListUsers pages and filters', async t => {
  const control = await startControlTestServer(t)
  await control.store.putUser(ORGANIZATION, {
    primarySmtpAddress: 'off@example.com',
    aliases: [],
    enabled: false,
  })
  const all = (await list(control)).Users.map(({ Email }) => Email)
  t.equal(all.length, 8)
  for (const MaxResults of [1, 3, 4, 7, 8, 100]) {
    const { emails, pages } = await listAll(control, { MaxResults })
    t.strictSame(emails, all, `ListUsers pages by ${MaxResults}`)
    t.equal(pages, Math.ceil(8 / MaxResults))
  }
  for (const [Filters, expected] of [
    [{ UsernamePrefix: 'ALICE@' }, ['alice@example.com']],
    [{ DisplayNamePrefix: 'alice e' }, ['alice@example.com']],
    [{ PrimaryEmailPrefix: 'b' }, ['bob@example.com']],
    [{ State: 'DISABLED' }, ['off@example.com']],
    [{ State: 'DELETED' }, []],
    [{ DisplayNamePrefix: '' }, all],
    [{ PrimaryEmailPrefix: 'nobody' }, []],
    [{}, all],
  ] as const)
    t.strictSame(
      (await listAll(control, { Filters, MaxResults: 2 })).emails,
      expected,
      JSON.stringify(Filters),
    )

  t.equal(
    await control.refusal('ListUsers', { Filters: { State: 'ENABLED', UsernamePrefix: 'a' } }),
    'InvalidParameterException: Filters must have at most one filter, not UsernamePrefix and State',
  )
})

t.test('ListUsers finds the only match of many users with its first page', async t => {
  const users = Array.from({ length: 10_500 }, (_, i) => ({
    primarySmtpAddress: `user${i}@example.com`,
    aliases: [],
    enabled: i !== 10_499,
  }))
  const control = await startControlTestServer(t, { users })
  for (const Filters of [{ PrimaryEmailPrefix: 'user10499@' }, { State: 'DISABLED' }]) {
    const { emails, pages } = await listAll(control, { Filters })
    t.strictSame([emails, pages], [['user10499@example.com'], 1], JSON.stringify(Filters))
  }
})
