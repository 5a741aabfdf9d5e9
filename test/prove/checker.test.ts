import t from 'tap'
import { check } from './checker.ts'
import { countOf, delaysOf, promptlyBusy, quantile } from './figures.ts'
import type { Change, Decision, History, Seen } from './history.ts'

const MAX_AGE_MS = 3_000

const change = (state: Change['state'], start: number, more: Partial<Change> = {}): Change => ({
  permission: 'p',
  state,
  start,
  end: start + 10,
  isKnown: true,
  ...more,
})

/** The permission is granted in version 1, and revoked at 1,000 in version 2. */
const GRANTED = change('granted', -10_000, { version: 1 })
const REVOKED = change('revoked', 1_000, { version: 2 })

const allowed = (at: number, more: Partial<Decision> = {}): Decision => ({
  gateway: 0,
  permission: 'p',
  id: `d${at}`,
  at,
  verdict: 'allow',
  policyVersion: 1,
  knowledgeAgeMs: 0,
  as: 'p@example.com',
  ...more,
})

const seen = (verdict: Seen['verdict'], sentAt: number, more: Partial<Seen> = {}): Seen => ({
  gateway: 0,
  permission: 'p',
  sentAt,
  answeredAt: sentAt + 10,
  verdict,
  ...(verdict === 'allow' && { id: `d${sentAt}` }),
  ...more,
})

const history = (parts: Partial<History>): History => ({
  maxAgeMs: MAX_AGE_MS,
  changes: [GRANTED, REVOKED],
  decisions: [],
  seen: [],
  restores: [],
  ran: new Map(),
  ...parts,
})

/** Answers, and a decision for each answer that allows. */
const answered = (...answers: readonly Seen[]): Partial<History> => ({
  seen: answers,
  decisions: answers
    .filter(({ verdict }) => verdict === 'allow')
    .map(({ sentAt, gateway }) => allowed(sentAt, { gateway })),
})

const LATE = 1_010 + MAX_AGE_MS

for (const [name, parts, rules] of [
  ['an empty history', {}, []],
  ['an ALLOW before the revocation', { decisions: [allowed(900)] }, []],
  ['an ALLOW at the maximum age', { decisions: [allowed(LATE)] }, []],
  [
    'an ALLOW a millisecond later',
    { decisions: [allowed(LATE + 1)] },
    ['late-allow', 'old-version'],
  ],
  [
    'a late ALLOW although it was revoked twice',
    { changes: [GRANTED, REVOKED, change('revoked', 3_000)], decisions: [allowed(LATE + 1)] },
    ['late-allow', 'old-version'],
  ],
  [
    'a late ALLOW after it was granted again',
    {
      changes: [GRANTED, REVOKED, change('granted', LATE)],
      decisions: [allowed(LATE + 1, { policyVersion: 2 })],
    },
    [],
  ],
  [
    'a late ALLOW after an unacknowledged grant',
    {
      changes: [GRANTED, REVOKED, change('granted', LATE, { isKnown: false })],
      decisions: [allowed(LATE + 1, { policyVersion: 2 })],
    },
    [],
  ],
  [
    'a late ALLOW after an unacknowledged revocation',
    {
      changes: [GRANTED, change('revoked', 1_000, { isKnown: false })],
      decisions: [allowed(LATE + 1)],
    },
    [],
  ],
  [
    'an ALLOW of a permission that was never granted',
    { changes: [], decisions: [allowed(1)] },
    ['late-allow'],
  ],
  [
    'an ALLOW after the shorter limit of a change',
    {
      changes: [GRANTED, { ...REVOKED, withinMs: 2_000 }],
      decisions: [allowed(3_010), allowed(3_011)],
    },
    ['slow-revoke'],
  ],
  [
    'an ALLOW by a gateway that has seen the revocation',
    { decisions: [allowed(1_011, { policyVersion: 2 })] },
    ['allow-after-revoke'],
  ],
  [
    'an ALLOW that has seen a newer version than it reports',
    {
      changes: [GRANTED, REVOKED, change('granted', 1_020, { version: 3 })],
      decisions: [allowed(1_021, { policyVersion: 2 })],
    },
    [],
  ],
  [
    'an ALLOW on an old version because of another change',
    {
      changes: [GRANTED, change('revoked', 1_000, { permission: 'q', version: 2 })],
      decisions: [allowed(LATE + 1)],
    },
    ['old-version'],
  ],
  [
    'an ALLOW on an older version after a restore',
    {
      changes: [GRANTED, change('revoked', 1_000, { permission: 'q', version: 2 })],
      decisions: [allowed(2_500), allowed(9_000)],
      restores: [{ start: 2_000, end: 2_100 }],
    },
    [],
  ],
  [
    'an ALLOW of a permission that a restore has revoked',
    {
      changes: [GRANTED, change('revoked', 2_000, { end: 2_100 })],
      decisions: [allowed(5_101)],
      restores: [{ start: 2_000, end: 2_100 }],
    },
    ['late-allow'],
  ],
  [
    'an ALLOW on old policy data',
    { decisions: [allowed(1, { knowledgeAgeMs: 3_000 }), allowed(2, { knowledgeAgeMs: 3_001 })] },
    ['old-policy-data'],
  ],
  [
    'an ALLOW that does not report the age of its policy data',
    { decisions: [allowed(1, { knowledgeAgeMs: undefined })] },
    ['old-policy-data'],
  ],
  ['an answer without a record', { seen: [seen('allow', 1)] }, ['unrecorded']],
  [
    'an answer that another gateway has recorded',
    { seen: [seen('allow', 1)], decisions: [allowed(1, { gateway: 1 })] },
    ['unrecorded'],
  ],
  [
    'exactly the recorded operations',
    { decisions: [allowed(1)], ran: new Map([['p@example.com', 1]]) },
    [],
  ],
  [
    'more operations than recorded',
    { decisions: [allowed(1)], ran: new Map([['p@example.com', 2]]) },
    ['unrecorded'],
  ],
  [
    'a client that sees the old state, then the new one',
    answered(seen('allow', 1_020), seen('busy', 1_040), seen('deny', 1_060)),
    [],
  ],
  [
    'a client that sees the old state after the new one',
    answered(seen('deny', 1_020), seen('allow', 1_040)),
    ['went-backward'],
  ],
  [
    'a client that sees the old state concurrently with the new one',
    answered(seen('deny', 1_020, { answeredAt: 1_050 }), seen('allow', 1_040)),
    [],
  ],
  [
    'two gateways, one of them behind',
    answered(seen('deny', 1_020), seen('allow', 1_040, { gateway: 1 })),
    [],
  ],
  [
    'a gateway that applies each of several changes',
    {
      changes: [GRANTED, REVOKED, change('granted', 1_100), change('revoked', 1_200)],
      ...answered(seen('deny', 1_205), seen('allow', 1_220), seen('deny', 1_240)),
    },
    [],
  ],
  [
    'a gateway that returns to an earlier change',
    {
      changes: [GRANTED, REVOKED, change('granted', 1_100), change('revoked', 1_200)],
      ...answered(
        seen('deny', 1_205),
        seen('allow', 1_220),
        seen('deny', 1_240),
        seen('allow', 1_260),
      ),
    },
    ['went-backward'],
  ],
  [
    'a client that is denied long after a grant',
    { changes: [GRANTED], seen: [seen('deny', -9_990 + MAX_AGE_MS), seen('deny', 0)] },
    ['went-backward'],
  ],
] as const satisfies readonly (readonly [string, Partial<History>, readonly string[]])[]) {
  const found = check(history(parts)).map(({ rule }) => rule)
  t.strictSame(found, rules, `check() of ${name}`)
}

t.test('delaysOf() measures until the first answer after which no request is allowed', async t => {
  const span = { start: 0, end: 10_000 }
  const changes = [GRANTED, REVOKED, change('granted', 3_000)]
  const measured = (...answers: readonly Seen[]) => delaysOf({ changes, seen: answers }, span)
  t.strictSame(
    measured(
      seen('deny', 1_005),
      seen('allow', 1_100),
      seen('deny', 1_200),
      seen('deny', 1_300),
      seen('allow', 3_100),
    ),
    { delays: [200], unseen: 0 },
  )
  t.strictSame(measured(seen('deny', 1_000)), { delays: [0], unseen: 0 })
  t.strictSame(measured(seen('allow', 1_100)), { delays: [], unseen: 1 })
  t.strictSame(measured(seen('busy', 1_100)), { delays: [], unseen: 0 })
  t.strictSame(
    measured(seen('deny', 1_100), seen('deny', 1_050, { gateway: 1 })),
    { delays: [50, 100], unseen: 0 },
    'for each gateway',
  )
})

t.test('promptlyBusy() leaves out what a slow gateway put off', async t => {
  const counted = (...answers: readonly Seen[]) =>
    promptlyBusy([seen('busy', 2_000), ...answers], { start: 1_000, end: 3_000 })
  const slow = (sentAt: number, answeredAt: number, more: Partial<Seen> = {}) =>
    seen('allow', sentAt, { answeredAt, ...more })
  t.equal(counted(), 1)
  t.equal(counted(seen('busy', 900), seen('busy', 2_995)), 1, 'only those of the time')
  t.equal(counted(seen('busy', 1_100, { answeredAt: 2_900 })), 0)
  t.equal(counted(slow(500, 1_000)), 0, 'a second later')
  t.equal(counted(slow(499, 999)), 1, 'no longer later')
  t.equal(counted(slow(2_010, 2_510)), 0)
  t.equal(counted(slow(2_011, 2_511)), 1, 'not before')
  t.equal(counted(slow(1_900, 2_399)), 1, 'a gateway that answers in time is not slow')
  t.equal(counted(slow(1_900, 2_900, { gateway: 1 })), 1, 'each gateway by itself')
})

t.strictSame(quantile([1, 2, 3, 4], 0.5), 3)
t.strictSame(quantile([1, 2, 3, 4], 0.99), 4)
t.strictSame(quantile([], 0.5), undefined)
t.strictSame(countOf([seen('allow', 1), seen('busy', 2), seen('busy', 9)], { start: 1, end: 5 }), {
  allow: 1,
  deny: 0,
  busy: 1,
  failed: 0,
  lost: 0,
})
