import t from 'tap'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { startControlTestServer } from '../kit/control-test-server.ts'

const allow = (id: string, more: object = {}) => ({
  ImpersonationRuleId: id,
  Effect: 'ALLOW',
  ...more,
})

t.test('readRules() reports all mistakes at once, or returns the rules', async t => {
  const limits = {
    ...CONTROL_LIMITS.default,
    rulesPerRole: 3,
    targetsPerList: 2,
    targetsPerRole: 5,
  }
  const control = await startControlTestServer(t, { limits })
  const users = ['alice@example.com', 'bob@example.com', 'ceo@example.com']
  const refuse = (...rules: readonly object[]) =>
    control.refusal('CreateImpersonationRole', {
      Name: crypto.randomUUID(),
      Type: 'READ_ONLY',
      Rules: rules,
    })
  const invalid = (...problems: readonly string[]) =>
    `InvalidParameterException: ${problems.join('; ')}`
  const two = { TargetUsers: users.slice(1) }

  for (const [what, rules, said] of [
    ['as many rules as there may be', ['a', 'b', 'c'].map(id => allow(id)), undefined],
    [
      'a rule too many',
      ['a', 'b', 'c', 'd'].map(id => allow(id)),
      ['Rules must be a list of at most 3 rules'],
    ],
    [
      'as many targets as there may be',
      [allow('a', two), allow('b', two), allow('c', { NotTargetUsers: users.slice(2) })],
      undefined,
    ],
    [
      'targets too many in a list',
      [allow('a', { NotTargetUsers: users })],
      ['Rules[0].NotTargetUsers must be a list of at most 2 users'],
    ],
    [
      'targets too many in all',
      [allow('a', two), allow('b', two), allow('c', two)],
      ['Rules must name at most 5 users and groups in all'],
    ],
    ['ids that differ', [allow('a'), allow('b')], undefined],
    [
      'an id twice',
      [allow('rule'), allow('b'), allow('RULE')],
      ['Rules[2].ImpersonationRuleId must be unique in its role: Rules[0] has "rule"'],
    ],
    [
      'a name twice',
      [allow('a', { Name: 'Stra\u00dfe' }), allow('b', { Name: 'STRASSE' })],
      ['Rules[1].Name must be unique in its role: Rules[0] has "Stra\u00dfe"'],
    ],
    [
      'a name in two forms',
      [allow('a', { Name: 'e\u0301' }), allow('b', { Name: '\u00c9' })],
      ['Rules[1].Name must be unique in its role: Rules[0] has "e\u0301"'],
    ],
    [
      'everything',
      [allow('a', { TargetUsers: users }), allow('a')],
      [
        'Rules[0].TargetUsers must be a list of at most 2 users: name the others in another rule',
        'Rules[1].ImpersonationRuleId must be unique in its role: Rules[0] has "a"',
      ],
    ],
    [
      'a mistyped member',
      [allow('a', { NotTargetUser: users })],
      ['Rules[0].NotTargetUser is an unknown member. Nothing was changed'],
    ],
    [
      'a condition that is null',
      [allow('a', { TargetUsers: null })],
      [
        'Rules[0].TargetUsers must be a list of at least 1 user, or omitted, which means everyone. Nothing was changed',
      ],
    ],
  ] as const) {
    const expected = said === undefined ? 'undefined: undefined' : invalid(...said)
    t.equal(await refuse(...rules), expected, `readRules() ${said ? 'refuses' : 'takes'} ${what}`)
  }
})
