import t from 'tap'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }

t.test('CreateImpersonationRole and GetImpersonationRole agree', async t => {
  let now = 1_700_000_000_500
  const control = await startControlTestServer(t, { now: () => now })
  const [alice, ceo] = [
    await control.userId('alice@example.com'),
    await control.userId('ceo@example.com'),
  ]
  const id = await control.createRole('Migration – Überall', [
    { ...everyone, Name: 'Everyone', Description: 'All\r\nof them' },
    {
      ImpersonationRuleId: 'not-the-ceo',
      Effect: 'DENY',
      TargetUsers: ['boss@example.com', 'ceo@corp.example.com', ceo],
      NotTargetUsers: ['ALICE@example.com'],
    },
  ])
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/)
  t.strictSame(await control.get('GetImpersonationRole', { ImpersonationRoleId: id }), {
    ImpersonationRoleId: id,
    Name: 'Migration – Überall',
    Type: 'FULL_ACCESS',
    DateCreated: 1_700_000_000.5,
    DateModified: 1_700_000_000.5,
    Rules: [
      { ...everyone, Name: 'Everyone', Description: 'All\r\nof them' },
      {
        ImpersonationRuleId: 'not-the-ceo',
        Effect: 'DENY',
        TargetUsers: [ceo],
        NotTargetUsers: [alice],
      },
    ],
  })

  t.test('UpdateImpersonationRole replaces the whole role', async t => {
    now += 1_000
    const update = { ImpersonationRoleId: id, Name: 'New', Type: 'READ_ONLY', Rules: [] }
    t.strictSame(
      await control.get('UpdateImpersonationRole', { ...update, Description: 'Now' }),
      {},
    )
    const role = await control.get('GetImpersonationRole', { ImpersonationRoleId: id })
    t.match(role, { Name: 'New', Type: 'READ_ONLY', Description: 'Now', Rules: [] })
    t.strictSame([role['DateCreated'], role['DateModified']], [1_700_000_000.5, 1_700_000_001.5])

    await control.get('UpdateImpersonationRole', update)
    const cleared = await control.get('GetImpersonationRole', { ImpersonationRoleId: id })
    t.notOk('Description' in cleared, 'a Description left out is cleared')
  })

  t.test('DeleteImpersonationRole rejects the name of a role', async t => {
    t.equal(
      await control.refusal('DeleteImpersonationRole', { ImpersonationRoleId: 'NEW' }),
      `InvalidParameterException: NEW is the name of a role. Use its ID, ${id}`,
    )
    await control.get('GetImpersonationRole', { ImpersonationRoleId: id })
  })

  t.test('DeleteImpersonationRole can be repeated', async t => {
    for (const _ of [1, 2])
      t.strictSame(await control.get('DeleteImpersonationRole', { ImpersonationRoleId: id }), {})
    const gone = `ResourceNotFoundException: The impersonation role ${id} does not exist`
    const one = { ImpersonationRoleId: id }
    t.equal(await control.refusal('GetImpersonationRole', one), gone)
    const update = { ...one, Name: 'New', Type: 'READ_ONLY', Rules: [] }
    t.equal(await control.refusal('UpdateImpersonationRole', update), gone)
  })
})

t.test('UpdateImpersonationRole keeps settings that WorkMail does not have', async t => {
  const control = await startControlTestServer(t)
  const id = await control.createRole('role')
  const stored = await control.store.role(ORGANIZATION, roleId(id))
  if (!stored) throw new TypeError('The role is not in the store')
  const { version: _, tokensValidFrom: __, createdAt: ___, modifiedAt: ____, ...draft } = stored
  const guard = { ...DEFAULT_GUARD, directoryLookups: false }
  await control.store.putRole({ ...draft, guard })
  await control.store.lockRole(ORGANIZATION, roleId(id), { message: 'Audit' })

  const update = { ImpersonationRoleId: id, Name: 'role', Type: 'READ_ONLY', Rules: [everyone] }
  await control.get('UpdateImpersonationRole', update)
  t.match(await control.store.role(ORGANIZATION, roleId(id)), {
    type: 'READ_ONLY',
    guard: { directoryLookups: false },
    lock: { message: 'Audit' },
  })
})

t.test('R3 UpdateImpersonationRole keeps the ID of a deleted user', async t => {
  const control = await startControlTestServer(t)
  const bob = await control.userId('bob@example.com')
  const denyBob = { ImpersonationRuleId: 'not-bob', Effect: 'DENY', TargetUsers: [bob] }
  const id = await control.createRole('role', [everyone, denyBob])
  await control.store.deleteUser(ORGANIZATION, bob)

  const update = { ImpersonationRoleId: id, Name: 'new', Type: 'FULL_ACCESS' }
  await control.get('UpdateImpersonationRole', { ...update, Rules: [denyBob] })
  t.match(await control.get('GetImpersonationRole', { ImpersonationRoleId: id }), {
    Rules: [denyBob],
  })
  t.equal(
    await control.refusal('CreateImpersonationRole', {
      Name: 'x',
      Type: 'READ_ONLY',
      Rules: [denyBob],
    }),
    `EntityNotFoundException: The organization has no user "${bob}"`,
    'but another role cannot name him',
  )
})

t.test('names of roles are unique after NFC and case folding', async t => {
  const control = await startControlTestServer(t)
  const first = await control.createRole('Caf\u00e9')
  const second = await control.createRole('other')
  const taken = `InvalidParameterException: Name must be unique: Another role has the name "Caf\u00e9" already`
  const content = { Name: 'CAFE\u0301', Type: 'FULL_ACCESS', Rules: [] }
  t.equal(await control.refusal('CreateImpersonationRole', content), taken)
  t.equal(
    await control.refusal('UpdateImpersonationRole', { ...content, ImpersonationRoleId: second }),
    taken,
  )
  await control.get('UpdateImpersonationRole', { ...content, ImpersonationRoleId: first })
})

t.test('ClientToken creates one role in 24 hours', async t => {
  let now = 1_700_000_000_000
  const limits = { ...CONTROL_LIMITS.default, roles: 2 }
  const control = await startControlTestServer(t, { now: () => now, limits })
  const create = (name: string, ClientToken: string) =>
    control.createRole(name, [everyone], { ClientToken })
  const refuse = (name: string, more: object = {}) =>
    control.refusal('CreateImpersonationRole', {
      Name: name,
      Type: 'READ_ONLY',
      Rules: [],
      ...more,
    })

  const first = await create('one', 'token-1')
  t.equal(await create('one', 'token-1'), first, 'the same again')
  t.match(
    await refuse('one', { ClientToken: 'token-1' }),
    /^InvalidParameterException: ClientToken was used with other input/,
  )
  const second = await create('two', 'token-2')
  const limit =
    'LimitExceededException: The organization has 2 impersonation roles already, which is the limit'
  t.equal(await refuse('three'), limit)
  t.equal(await create('two', 'token-2'), second, 'the same again, at the limit')

  await control.get('DeleteImpersonationRole', { ImpersonationRoleId: second })
  t.equal(await create('two', 'token-2'), second, 'the same again, though the role is deleted')
  now += 24 * 3_600_000
  t.not(await create('two', 'token-2'), second, 'a day later it makes another')
})

t.test('ListImpersonationRoles pages correctly during concurrent writes', async t => {
  const control = await startControlTestServer(t)
  const list = (input: object = {}) => control.get('ListImpersonationRoles', input)
  t.strictSame(await list(), { Roles: [] })
  const ids: string[] = []
  for (let i = 0; i < 5; i += 1) ids.push(await control.createRole(`role ${i}`, [everyone]))
  ids.sort()

  const seen: unknown[] = []
  let token: unknown
  for (let pages = 0; pages < 10; pages += 1) {
    const page = await list({ MaxResults: 2, ...(token !== undefined && { NextToken: token }) })
    const roles = page['Roles'] as Record<string, unknown>[]
    t.ok(roles.length <= 2)
    seen.push(...roles.map(role => role['ImpersonationRoleId']))
    token = page['NextToken']
    if (token === undefined) break
    // Delete a role from the first page, and rename another so that its position changes in the order of
    // names.
    if (pages === 0) await control.get('DeleteImpersonationRole', { ImpersonationRoleId: ids[0] })
    const last = { ImpersonationRoleId: ids[4], Name: `a${pages}`, Type: 'READ_ONLY', Rules: [] }
    await control.get('UpdateImpersonationRole', last)
  }
  t.strictSame(seen, ids)
  const { Roles } = await list()
  t.equal((Roles as unknown[]).length, 4)
  t.strictSame(Object.keys((Roles as object[])[0] ?? {}), [
    'ImpersonationRoleId',
    'Name',
    'Type',
    'DateCreated',
    'DateModified',
  ])
  const users = (await control.get('ListUsers', { MaxResults: 1 }))['NextToken']
  for (const NextToken of [
    'x',
    '!',
    users,
    `${Buffer.from('ImpersonationRoles x').toString('base64url')}=`,
    Buffer.from('ImpersonationRoles \0').toString('base64url'),
  ])
    t.equal(
      await control.refusal('ListImpersonationRoles', { NextToken }),
      'InvalidParameterException: NextToken must be a value that this operation returned',
      `ListImpersonationRoles refuses the token ${NextToken}`,
    )
})

t.test('UpdateImpersonationRole loses no concurrent change', async t => {
  const users = Array.from({ length: 500 }, (_, i) => ({
    primarySmtpAddress: `user${i}@example.com`,
    aliases: [],
  }))
  const control = await startControlTestServer(t, { users })
  const id = await control.createRole('role')
  // Enough targets that other requests run between the read and the write.
  const TargetUsers = users.map(({ primarySmtpAddress }) => primarySmtpAddress)
  const Rules = [{ ...everyone, TargetUsers }]
  const update = (Name: string) =>
    control.get('UpdateImpersonationRole', {
      ImpersonationRoleId: id,
      Name,
      Type: 'READ_ONLY',
      Rules,
    })
  await Promise.all(['a', 'b', 'c', 'd'].map(update))
  const changes = control.audit().map(({ before, after }) => ({
    before: (before as { name?: string })?.name,
    after: (after as { name?: string })?.name,
  }))
  t.strictSame(
    changes.slice(1).map(({ before }) => before),
    changes.slice(0, -1).map(({ after }) => after),
    'each change begins where the one before it ended',
  )
})
