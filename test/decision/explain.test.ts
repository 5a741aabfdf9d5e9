/**
 * Explanations: every check for itself, and the rules.
 */

import fc from 'fast-check'
import t from 'tap'
import type { CheckName } from '../../src/decision/checks.ts'
import type { Explanation } from '../../src/decision/explain.ts'
import { NO_FACTS } from '../../src/ews/reader.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../../src/model/access-control.ts'
import type { Reason } from '../../src/model/decision.ts'
import { byAddress, groupId, organizationId, type User } from '../../src/model/identity.ts'
import type { Principal } from '../../src/model/principal.ts'
import { NO_PROTECTION } from '../../src/model/protection.ts'
import type { ImpersonationRole } from '../../src/model/role.ts'
import { ANN, AT, BOB, CREDENTIAL, GET_FOLDER, ORGANIZATION, ROLE, TestData } from './data.ts'
import { ALL_PASS, explainBy, explained, outcomesOf, type Request } from './outcomes.ts'

type World = Readonly<{ request: Request; role: ImpersonationRole; data: TestData }>
type Spoil = readonly [CheckName, Reason, (world: World) => World]

const request: Request = { ...GET_FOLDER, body: NO_FACTS }
const powerless: Principal = {
  ...CREDENTIAL.principal,
  policy: { Version: '2012-10-17', Statement: [] },
}

/** One thing each that makes one check deny, and no other one. */
const SPOILS: readonly Spoil[] = [
  [
    'PrincipalTime',
    'principal-expired',
    world => {
      const { caller } = world.request
      const { principal = CREDENTIAL.principal } = caller.kind === 'explained' ? caller : {}
      const ended = { ...principal, notAfter: AT }
      return { ...world, request: { ...world.request, caller: explained(ended) } }
    },
  ],
  [
    'CallerPolicy',
    'role-not-permitted',
    world => {
      const { caller } = world.request
      const { principal = powerless } = caller.kind === 'explained' ? caller : {}
      const spoiled = explained({ ...principal, policy: powerless.policy })
      return { ...world, request: { ...world.request, caller: spoiled } }
    },
  ],
  [
    'Protection',
    'mailbox-protected',
    world => {
      world.data.put('protection', 'list', { ...NO_PROTECTION, users: [ANN.id] })
      return world
    },
  ],
  ['Lock', 'role-locked', world => ({ ...world, role: { ...world.role, lock: {} } })],
  ['RoleTime', 'role-expired', world => ({ ...world, role: { ...world.role, notAfter: AT } })],
  [
    'AccessControl',
    'access-control-denies',
    world => {
      world.data.put('access-control', 'rules', [])
      return world
    },
  ],
  [
    'RoleType',
    'operation-refused',
    world => ({ ...world, request: { ...world.request, requestElement: 'AddDelegate' } }),
  ],
  [
    'Impersonation',
    'rule-denies',
    world => ({
      ...world,
      role: { ...world.role, rules: [...ROLE.rules, { id: 'never', effect: 'DENY' }] },
    }),
  ],
  [
    'SharedMailbox',
    'foreign-mailbox',
    world => {
      world.data.put('shared-mailbox', ANN, true)
      return world
    },
  ],
  [
    'Body',
    'push-subscription',
    world => ({
      ...world,
      request: { ...world.request, body: { ...NO_FACTS, pushSubscription: true } },
    }),
  ],
]

function explainSpoiled(spoils: readonly Spoil[]): Explanation<'EWS'> {
  const world: World = { request, role: ROLE, data: new TestData() }
  const spoiled = spoils.reduce((now, [, , spoil]) => spoil(now), world)
  spoiled.data.put('role', ROLE.id, spoiled.role)
  return explainBy(spoiled.request, spoiled.data)
}

t.test('explain() shows each check as if all others passed', async t => {
  t.strictSame(outcomesOf(explainSpoiled([])), ALL_PASS)
  const independent = fc.property(fc.subarray([...SPOILS]), spoils => {
    const explanation = explainSpoiled(spoils)
    const denials = Object.fromEntries(spoils.map(([name, reason]) => [name, reason]))
    t.strictSame(outcomesOf(explanation), { ...ALL_PASS, ...denials })
    t.equal(explanation.endedBy, spoils[0]?.[0])
    const decision = explanation.decided?.decision
    t.equal(decision?.verdict === 'deny' ? decision.reason : undefined, spoils[0]?.[1])
  })
  fc.assert(independent, { examples: SPOILS.map(spoil => [[spoil]]) })
})

t.test('explain() shows checks that have nothing to evaluate', async t => {
  const { neutralMailbox: _, ...withoutNeutral } = ORGANIZATION
  const notMade = { SharedMailbox: 'not-made', Body: 'not-made' }
  for (const [name, change, outcomes] of [
    ['no body', { body: undefined }, { Body: 'not-made' }],
    [
      'an unknown operation',
      { requestElement: 'GetEverything' },
      { Operation: 'operation-unknown', RoleType: 'not-made' },
    ],
    [
      'an unknown user',
      { connectingSid: byAddress('nobody@example.com') },
      { Impersonation: 'unknown-user', ...notMade },
    ],
    [
      'two users',
      { mailbox: 'bob@example.com' },
      { Target: 'impersonation-conflict', Impersonation: 'impersonation-conflict', ...notMade },
    ],
    [
      'no user',
      { connectingSid: undefined, organization: withoutNeutral },
      { Target: 'impersonation-missing', Impersonation: 'impersonation-missing', ...notMade },
    ],
    [
      'no user and no neutral mailbox',
      { connectingSid: undefined, organization: withoutNeutral, requestElement: 'ResolveNames' },
      { Target: 'impersonation-missing', Impersonation: 'impersonation-missing', ...notMade },
    ],
    [
      'no user in an operation that needs one',
      { connectingSid: undefined },
      { Target: 'impersonation-missing', SharedMailbox: 'not-made' },
    ],
    [
      'no caller',
      { caller: explained(undefined) },
      { PrincipalTime: 'not-made', CallerPolicy: 'not-made' },
    ],
  ] as const) {
    const explanation = explainBy({ ...request, ...change }, new TestData())
    t.strictSame(outcomesOf(explanation), { ...ALL_PASS, ...outcomes }, name)
  }
})

t.test('explain() of a caller without a role skips all other checks', async t => {
  const data = new TestData()
  data.put('role', ROLE.id, undefined)
  const explanation = explainBy(request, data)
  t.equal(explanation.endedBy, 'CallerPolicy')
  const { CallerPolicy, ...others } = outcomesOf(explanation)
  t.equal(CallerPolicy, 'role-unknown')
  t.ok(Object.values(others).every(outcome => outcome === 'not-made'))
  t.match(explanation.decided, { decision: { reason: 'role-unknown', matchedRules: [] } })
  t.strictSame(explanation.rules.impersonation, [])
})

t.test('explain() evaluates the policy of a principal without a credential', async t => {
  const { principal } = CREDENTIAL
  const elsewhere = organizationId('m-ffffffffffffffffffffffffffffffff')
  for (const [name, caller, outcome] of [
    ['a principal that may', principal, 'pass'],
    ['a principal that may not', powerless, 'role-not-permitted'],
    ['a disabled principal', { ...principal, enabled: false }, 'role-not-permitted'],
    [
      'a principal of another organization',
      { ...principal, organizationId: elsewhere },
      'role-not-permitted',
    ],
    ['no principal', undefined, 'not-made'],
  ] as const) {
    const explanation = explainBy({ ...request, caller: explained(caller) }, new TestData())
    t.equal(outcomesOf(explanation)['CallerPolicy'], outcome, name)
    const verdict = outcome === 'role-not-permitted' ? 'deny' : 'allow'
    t.equal(explanation.decided?.decision.verdict, verdict, name)
  }
})

const [team, former] = [groupId('g-team'), groupId('g-former')]
const member: User = { ...ANN, memberOf: { groups: [team], formerGroups: [former] } }

t.test('explain() shows each rule, and the groups through which it matches the target', async t => {
  const data = new TestData()
  data.put('name', byAddress(ANN.primarySmtpAddress), member)
  data.put('shared-mailbox', member, false)
  data.put('role', ROLE.id, {
    ...ROLE,
    rules: [
      { id: 'everyone', effect: 'ALLOW' },
      { id: 'team', effect: 'ALLOW', targetGroups: [team] },
      { id: 'not-former', effect: 'ALLOW', notTargetGroups: [former] },
      { id: 'never-bob', effect: 'DENY', targetUsers: [BOB.id] },
    ],
  })
  const { rules, decided } = explainBy(request, data)
  t.strictSame(
    rules.impersonation.map(({ rule, matched, groups }) => [rule.id, matched, groups]),
    [
      ['everyone', true, { target: [], notTarget: [] }],
      ['team', true, { target: [team], notTarget: [] }],
      ['not-former', false, { target: [], notTarget: [former] }],
      ['never-bob', false, { target: [], notTarget: [] }],
    ],
  )
  t.match(rules.effect, { effect: 'ALLOW', matchedGroups: [team] })
  t.strictSame(decided?.decision, {
    verdict: 'allow',
    matchedRules: ['everyone', 'team'],
    matchedGroups: [team],
  })
  data.put('access-control', 'rules', [
    DEFAULT_ACCESS_CONTROL_RULE,
    { ...DEFAULT_ACCESS_CONTROL_RULE, name: 'imap', actions: ['IMAP'] },
  ])
  t.strictSame(
    explainBy(request, data).rules.accessControl.map(({ rule, matched }) => [rule.name, matched]),
    [
      [DEFAULT_ACCESS_CONTROL_RULE.name, true],
      ['imap', false],
    ],
  )
})

t.test('explain() matches no rule without exactly one target', async t => {
  const data = new TestData()
  const rules = [...ROLE.rules, { id: 'no-one', effect: 'DENY' }] as const
  data.put('role', ROLE.id, { ...ROLE, rules })
  for (const [change, matching] of [
    [{ connectingSid: byAddress('nobody@example.com') }, ['no-one']],
    [{ mailbox: 'bob@example.com' }, []],
    [{ connectingSid: undefined, requestElement: 'ResolveNames' }, []],
  ] as const) {
    const traced = explainBy({ ...request, ...change }, data).rules
    const matched = traced.impersonation.filter(rule => rule.matched).map(({ rule }) => rule.id)
    t.strictSame(matched, matching)
    t.strictSame(
      [traced.effect.effect, traced.effect.matchedRules.length],
      ['DENY', matching.length],
    )
  }
})
