import t from 'tap'
import { changedObject } from '../../src/history/changed-object.ts'
import { SeriesMemory, sharedBy } from '../../src/history/rows.ts'
import { allowed, assumed, changed, NOW, ORGANIZATION } from './samples.ts'

const SHARED = {
  organizationId: 'm-1',
  roleId: 'role',
  roleName: 'backup',
  principalId: 'principal',
  userId: 'alice',
  mailbox: 'alice@example.com',
  operation: 'GetItem',
  verdict: 'allow',
  reason: '',
  outcome: 'ANSWERED',
  cause: '',
  rule: '',
  ruleName: '',
  shadowVersion: '',
  shadow: '',
  shadowReason: '',
} as const

/** As histories that were written have it. */
const ID = '9190469176054004'

const OTHERS = [
  ...(Object.keys(SHARED) as (keyof typeof SHARED)[])
    .filter(name => !/^(verdict|reason|outcome|cause|rule|shadow)/.test(name))
    .map(name => ({ ...SHARED, [name]: 'another' })),
  { ...SHARED, verdict: 'deny' as const },
  { ...SHARED, reason: 'rule-denies' as const },
  { ...SHARED, outcome: '' as const },
  { ...SHARED, cause: 'dns' as const },
  { ...SHARED, rule: 'everyone' },
  { ...SHARED, rule: 'everyone', ruleName: 'Everyone' },
  { ...SHARED, shadowVersion: '7', shadow: 'same' as const },
  { ...SHARED, shadowVersion: '8', shadow: 'same' as const },
  { ...SHARED, shadowVersion: '7', shadow: 'would-allow' as const },
  { ...SHARED, shadowVersion: '7', shadow: 'would-deny' as const, shadowReason: 'rule-denies' },
]

t.test('SeriesMemory distinguishes series by each common value', async t => {
  const memory = new SeriesMemory(100)
  const { id } = memory.seriesOf(SHARED)
  const ids = OTHERS.map(other => memory.seriesOf(other).id)
  t.equal(new Set([id, ...ids]).size, OTHERS.length + 1)
  for (const [i, other] of OTHERS.entries()) {
    t.strictSame(memory.seriesOf(SHARED), { id, ...SHARED })
    t.strictSame(memory.seriesOf(other), { id: ids[i], ...other })
  }
})

t.test('SeriesMemory returns the same IDs without its cache, and in any process', async t => {
  const memory = new SeriesMemory(2)
  const before = OTHERS.map(other => memory.seriesOf(other).id)
  t.strictSame(
    OTHERS.map(other => memory.seriesOf(other).id),
    before,
  )
  t.equal(memory.seriesOf(SHARED).id, ID)
})

for (const [what, more, rule, ruleName] of [
  ['an allowed request', {}, 'everyone', 'Everyone'],
  ['the first of several rules', { matchedRules: ['a', 'b'], ruleName: 'A' }, 'a', 'A'],
  ['a rule without a name', { ruleName: undefined }, 'everyone', ''],
  ['a request without a mailbox', { matchedRules: [], ruleName: undefined }, '(none)', ''],
  ['a DENY rule', { verdict: 'deny', reason: 'rule-denies' }, 'everyone', 'Everyone'],
  ['no rule', { verdict: 'deny', reason: 'no-rule-allows', matchedRules: [] }, '(none)', ''],
  ['a guard', { verdict: 'deny', reason: 'grant-refused' }, '(none)', ''],
  ['an unknown user', { verdict: 'deny', reason: 'unknown-user' }, '(none)', ''],
  ['a failure', { verdict: 'error', reason: 'policy-unavailable' }, '(none)', ''],
  [
    'access control',
    { verdict: 'deny', reason: 'access-control-denies', ruleName: undefined },
    'access-control:everyone',
    '',
  ],
  [
    'access control by default',
    { verdict: 'deny', reason: 'access-control-denies', matchedRules: [] },
    '(none)',
    '',
  ],
] as const)
  t.test(`sharedBy() has the rule that decided: ${what}`, async t => {
    const record = { ...allowed(NOW, more), verdict: 'verdict' in more ? more.verdict : 'allow' }
    t.match(sharedBy(record as Parameters<typeof sharedBy>[0], ORGANIZATION), { rule, ruleName })
  })

for (const [what, more, outcome] of [
  ['counted wrong credentials', { reason: 'credentials-refused', count: 3 }, 'DENIED'],
  ['one denial, until its request has ended', { reason: 'rule-denies' }, ''],
] as const)
  t.equal(
    sharedBy({ ...allowed(NOW, more), verdict: 'deny' } as const, ORGANIZATION).outcome,
    outcome,
    `sharedBy() has the outcome of ${what}`,
  )

t.test('changedObject() is that of the record', async t => {
  const object = { type: 'GROUP', id: 'g', name: 'sales' } as const
  t.strictSame(changedObject(changed(NOW, { object })), object)
  const { object: _, ...without } = changed(NOW)
  t.equal(changedObject(without), undefined)
  const token = assumed(NOW, { roleName: 'Backup' })
  t.strictSame(changedObject(token), { type: 'ROLE', id: 'backup', name: 'Backup' })
  const { roleId: __, ...signIn } = token
  t.equal(changedObject(signIn), undefined)
  t.equal(changedObject({ ...token, type: 'call', verdict: 'deny', count: 1 }), undefined)
})
