import t from 'tap'
import { NEUTRAL, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

t.test('GetImpersonationRoleEffect returns the effect and the rules that produced it', async t => {
  const control = await startControlTestServer(t)
  const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW', Name: 'Everyone' }
  const again = {
    ImpersonationRuleId: 'again',
    Effect: 'ALLOW',
    NotTargetUsers: ['bob@example.com'],
  }
  const notTheCeo = {
    ImpersonationRuleId: 'not-the-ceo',
    Effect: 'DENY',
    TargetUsers: ['ceo@example.com'],
  }
  const onlyAlice = {
    ImpersonationRuleId: 'only-alice',
    Effect: 'ALLOW',
    TargetUsers: ['alice@example.com'],
  }
  const most = await control.createRole('most', [everyone, again, notTheCeo])
  const one = await control.createRole('one', [onlyAlice], { Type: 'READ_ONLY' })
  const none = await control.createRole('none')
  await control.store.putUser(ORGANIZATION, {
    primarySmtpAddress: 'gone@example.com',
    aliases: [],
    enabled: false,
  })

  const named = { ImpersonationRuleId: 'everyone', Name: 'Everyone' }
  for (const [what, role, user, Type, Effect, MatchedRules] of [
    [
      'allow',
      most,
      'alice@example.com',
      'FULL_ACCESS',
      'ALLOW',
      [named, { ImpersonationRuleId: 'again' }],
    ],
    ['allow by one of two', most, 'bob@example.com', 'FULL_ACCESS', 'ALLOW', [named]],
    [
      'deny',
      most,
      'boss@example.com',
      'FULL_ACCESS',
      'DENY',
      [{ ImpersonationRuleId: 'not-the-ceo' }],
    ],
    [
      'allow by a target',
      one,
      'alice@corp.example.com',
      'READ_ONLY',
      'ALLOW',
      [{ ImpersonationRuleId: 'only-alice' }],
    ],
    ['deny by default', one, "o'brien@example.com", 'READ_ONLY', 'DENY', []],
    ['deny without rules', none, 'alice@example.com', 'FULL_ACCESS', 'DENY', []],
    ['deny who is disabled', most, 'gone@example.com', 'FULL_ACCESS', 'DENY', []],
    ['R1 deny the neutral mailbox', most, NEUTRAL, 'FULL_ACCESS', 'DENY', []],
  ] as const)
    t.strictSame(
      await control.get('GetImpersonationRoleEffect', {
        ImpersonationRoleId: role,
        TargetUser: user,
      }),
      { Type, Effect, MatchedRules },
      what,
    )

  const refuse = (ImpersonationRoleId: string, TargetUser: string) =>
    control.refusal('GetImpersonationRoleEffect', { ImpersonationRoleId, TargetUser })
  t.match(
    await refuse(most, 'nobody@example.com'),
    /^EntityNotFoundException: .*"nobody@example.com"$/,
  )
  t.match(await refuse('none', 'alice@example.com'), /^ResourceNotFoundException: /)
})

t.test('P5 GetImpersonationRoleEffect reads the store', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole('role')
  const effect = async () =>
    (
      await control.get('GetImpersonationRoleEffect', {
        ImpersonationRoleId,
        TargetUser: 'bob@example.com',
      })
    )['Effect']
  const update = (Rules: readonly object[]) =>
    control.get('UpdateImpersonationRole', {
      ImpersonationRoleId,
      Name: 'role',
      Type: 'READ_ONLY',
      Rules,
    })
  const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
  for (const [rules, expected] of [
    [[everyone], 'ALLOW'],
    [[], 'DENY'],
    [[everyone], 'ALLOW'],
    [[{ ...everyone, Effect: 'DENY' }], 'DENY'],
  ] as const) {
    await update(rules)
    t.equal(await effect(), expected)
  }
})
