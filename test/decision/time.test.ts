/**
 * Periods of roles, rules, principals, and keys in decisions.
 */

import fc from 'fast-check'
import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest, Purpose } from '../../src/decision/decision.ts'
import { explain } from '../../src/decision/explain.ts'
import { nextChangeOf } from '../../src/decision/next-change.ts'
import type { CredentialProof } from '../../src/model/credential-proof.ts'
import type { Decision } from '../../src/model/decision.ts'
import { ASSUME_ROLE, type Condition } from '../../src/model/iam.ts'
import type { AccessKey, Principal } from '../../src/model/principal.ts'
import type { ImpersonationRole } from '../../src/model/role.ts'
import type { Moment, Validity } from '../../src/model/validity.ts'
import { ANN, AT, CREDENTIAL, GET_FOLDER, ROLE, TestData } from './data.ts'
import { explained } from './outcomes.ts'

type Changes = Readonly<{
  role?: Partial<ImpersonationRole>
  principal?: Partial<Principal>
  key?: Partial<AccessKey>
  request?: Partial<AuthorizationRequest>
}>

/** Decides at a time, and requires that the explanation ends with the same decision. */
function decide({ role, principal, key, request }: Changes, moment: Moment): Decision {
  const data = new TestData()
  data.put('role', ROLE.id, { ...ROLE, ...role })
  data.put('credential', CREDENTIAL.key.id, {
    principal: { ...CREDENTIAL.principal, ...principal },
    key: { ...CREDENTIAL.key, ...key },
  })
  const asked: AuthorizationRequest = { ...GET_FOLDER, ...request, ...moment }
  const decided = authorize(asked, data)
  const explanation = explain(asked, data)
  if ('missing' in decided || 'missing' in explanation) throw new Error('Something is missing')
  t.strictSame(explanation.decided?.decision, decided.decision)
  return decided.decision
}

const outcomeOf = (decision: Decision) =>
  decision.verdict === 'allow' ? decision.matchedRules.join() : decision.reason

const [FROM, TO] = [AT, AT + 1_000]
const period: Validity = { notBefore: FROM, notAfter: TO }
const everyone = { id: 'everyone', effect: 'ALLOW' } as const
const timed = { id: 'timed', effect: 'ALLOW', ...period } as const
const never = { id: 'never', effect: 'DENY', ...period } as const
const NEUTRAL = { requestElement: 'ResolveNames', connectingSid: undefined }

/** Objects that are limited to the period, and the outcomes within it and outside it. */
const CASES: readonly (readonly [
  what: string,
  changes: Changes,
  within: string,
  outside: string,
])[] = [
  ['a role', { role: period }, 'everyone', 'role-expired'],
  ['a principal', { principal: period }, 'everyone', 'principal-expired'],
  [
    'a key',
    { key: { notBefore: FROM, expiresAt: TO } },
    'everyone',
    // The client of a request in progress was authenticated, so it gets a fault.
    'role-not-permitted',
  ],
  ['an ALLOW rule', { role: { rules: [timed] } }, 'timed', 'no-rule-allows'],
  ['one of two ALLOW rules', { role: { rules: [everyone, timed] } }, 'everyone,timed', 'everyone'],
  ['a DENY rule', { role: { rules: [everyone, never] } }, 'rule-denies', 'everyone'],
  [
    'the only ALLOW rule, for a request without a mailbox',
    { role: { rules: [timed] }, request: NEUTRAL },
    '',
    'no-rule-allows',
  ],
  [
    'principal and role: the principal is named first',
    { role: period, principal: period },
    'everyone',
    'principal-expired',
  ],
  ['a locked role', { role: { ...period, lock: {} } }, 'role-locked', 'role-locked'],
]

for (const [what, changes, within, outside] of CASES) {
  for (const [at, expected] of [
    [FROM - 1, outside],
    [FROM, within],
    [FROM + 1, within],
    [TO - 1, within],
    [TO, outside],
    [TO + 1, outside],
  ] as const)
    t.equal(outcomeOf(decide(changes, { at })), expected, `${what}: ${expected} at ${at - FROM}`)
}

t.test('R46 a policy with a date allows only what it allows at the latest time, too', async t => {
  const until = new Date(TO).toISOString()
  const from = new Date(FROM).toISOString()
  const own = { StringEquals: { 'workmail:ImpersonationRoleId': [ROLE.id] } } as const
  const policyOf = (dates: Condition): Changes => {
    const Condition = { ...own, ...dates }
    const statement = {
      Effect: 'Allow',
      Action: [ASSUME_ROLE],
      Resource: ['*'],
      Condition,
    } as const
    return { principal: { policy: { Version: '2012-10-17', Statement: [statement] } } }
  }
  const before = policyOf({ DateLessThan: { 'aws:CurrentTime': [until] } })
  const after = policyOf({ DateGreaterThan: { 'aws:CurrentTime': [from] } })
  const always = policyOf({})
  for (const [what, changes, moment, expected] of [
    ['before', before, { at: TO - 1 }, 'everyone'],
    ['before', before, { at: TO - 1, latest: TO - 1 }, 'everyone'],
    ['before', before, { at: TO - 1, latest: TO }, 'role-not-permitted'],
    ['after', after, { at: FROM, latest: FROM + 1 }, 'role-not-permitted'],
    ['after', after, { at: FROM + 1, latest: FROM + 2 }, 'everyone'],
    ['always', always, { at: FROM, latest: TO }, 'everyone'],
  ] as const)
    t.equal(outcomeOf(decide(changes, moment)), expected, `${what} ${JSON.stringify(moment)}`)
})

t.test('authorize() checks periods for each purpose', async t => {
  for (const purpose of ['EWS', 'AutoDiscover', 'token'] as const satisfies readonly Purpose[])
    for (const [changes, reason] of [
      [{ role: period }, 'role-expired'],
      [{ principal: period }, 'principal-expired'],
    ] as const) {
      const requestElement = purpose === 'EWS' ? 'GetFolder' : ''
      const request = { purpose, requestElement }
      t.equal(outcomeOf(decide({ ...changes, request }, { at: TO })), reason, purpose)
      t.equal(decide({ ...changes, request }, { at: FROM }).verdict, 'allow', purpose)
    }
})

t.test('the period of a principal also limits callers without a key', async t => {
  const caller = explained({ ...CREDENTIAL.principal, notAfter: TO })
  t.equal(outcomeOf(decide({ request: { caller } }, { at: TO - 1 })), 'everyone')
  t.equal(outcomeOf(decide({ request: { caller } }, { at: TO })), 'principal-expired')
})

const anyPeriod: fc.Arbitrary<Validity> = fc.record(
  { notBefore: fc.integer({ min: 0, max: 20 }), notAfter: fc.integer({ min: 0, max: 20 }) },
  { requiredKeys: [] },
)
const anyChanges: fc.Arbitrary<Changes> = fc.record(
  {
    role: anyPeriod.chain(own =>
      fc
        .array(fc.tuple(fc.constantFrom('ALLOW' as const, 'DENY' as const), anyPeriod), {
          maxLength: 4,
        })
        .map(rules => ({
          ...own,
          rules: rules.map(([effect, when], i) => ({ id: `r${i}`, effect, ...when })),
        })),
    ),
    principal: anyPeriod,
    key: anyPeriod.map(({ notBefore, notAfter }) => ({
      ...(notBefore !== undefined && { notBefore }),
      ...(notAfter !== undefined && { expiresAt: notAfter }),
    })),
  },
  { requiredKeys: [] },
)

t.test('R26 what is denied by time stays denied while the wall clock is set back', async t => {
  const stays = fc.property(anyChanges, fc.nat(22), fc.nat(22), (changes, at, back) => {
    const before = decide(changes, { at, latest: at })
    const after = decide(changes, { at: at - back, latest: at })
    return before.verdict === 'allow' || after.verdict === 'deny'
  })
  t.doesNotThrow(() => fc.assert(stays, { numRuns: 500 }))
})

t.test(
  'R26 a clock that is set back allows nothing that the time of either clock denies',
  async t => {
    const narrower = fc.property(anyChanges, fc.nat(22), fc.nat(22), (changes, at, ahead) => {
      const decision = decide(changes, { at, latest: at + ahead })
      if (decision.verdict === 'deny') return true
      for (let time = at; time <= at + ahead; time += 1)
        if (decide(changes, { at: time }).verdict === 'deny') return false
      return true
    })
    t.doesNotThrow(() => fc.assert(narrower, { numRuns: 300 }))
  },
)

const BY_KEY = { kind: 'key' } as CredentialProof
const byToken = (expiresAt: number) =>
  ({ kind: 'token', claims: { expiresAt } }) as unknown as CredentialProof
const byIdentity = (expiresAt?: number) => ({ kind: 'identity', expiresAt }) as CredentialProof

t.test('nextChangeOf() is the next time at which the decision can change', async t => {
  const role = { ...ROLE, notAfter: 50, rules: [{ ...everyone, notBefore: 20, notAfter: 40 }] }
  const principal = { ...CREDENTIAL.principal, notBefore: 10 }
  const key = { ...CREDENTIAL.key, expiresAt: 30 }
  const exceptions = [{ roleId: ROLE.id, notAfter: 45, reason: '' }]
  const all = { role, principal, key, exceptions }
  for (const [at, expected] of [
    [0, 10],
    [10, 20],
    [20, 30],
    [30, 40],
    [40, 45],
    [45, 50],
    [50, undefined],
  ] as const)
    t.equal(nextChangeOf(all, BY_KEY, { at }), expected, `after ${at}`)
  const nothing = { role: ROLE, principal: undefined, key: undefined, exceptions: [] }
  t.equal(nextChangeOf(nothing, BY_KEY, { at: 0 }), undefined)
  for (const proof of [byToken(15), byIdentity(15)]) {
    t.equal(nextChangeOf(all, proof, { at: 10 }), 15, proof.kind)
    t.equal(nextChangeOf(nothing, proof, { at: 15 }), undefined, proof.kind)
  }
  t.equal(nextChangeOf(nothing, byIdentity(), { at: 0 }), undefined)
})

t.test('a role whose rules have periods is evaluated at the time of each decision', async t => {
  const data = new TestData()
  const role = { ...ROLE, rules: [{ ...timed, targetUsers: [ANN.id] }] }
  data.put('role', ROLE.id, role)
  const verdicts = [FROM - 1, FROM, TO - 1, TO, FROM].map(at => {
    const decided = authorize({ ...GET_FOLDER, at }, data)
    return 'missing' in decided ? 'missing' : decided.decision.verdict
  })
  t.strictSame(verdicts, ['deny', 'allow', 'allow', 'deny', 'allow'])
})
