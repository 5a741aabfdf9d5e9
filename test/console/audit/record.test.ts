import t from 'tap'
import type { AuditRecord, Change } from '../../../src/console/api/history.ts'
import { countsOf, entriesOf, kindOf, textOfState } from '../../../src/console/audit/long-lists.ts'
import { changedMembers, changeInWords, rulesOf } from '../../../src/console/audit/record.ts'

const record: AuditRecord = {
  type: 'decision',
  at: '2026-03-01T00:00:00.000Z',
  decisionId: '0199d4a8-0000-7000-8000-000000000010',
  roleId: 'r-1',
  verdict: 'deny',
  matchedRules: ['a rule'],
}

for (const [name, of, path] of [
  ['a rule of the role', { reason: 'rule-denies' }, '/roles/r-1?rule=a%20rule'],
  ['an access control rule', { reason: 'access-control-denies' }, '/access-control/rules/a%20rule'],
  ['no rule', { matchedRules: [] }, undefined],
] satisfies [string, Partial<AuditRecord>, string | undefined][])
  t.equal(rulesOf({ ...record, ...of })[0]?.path, path, `rulesOf() links to ${name}`)

const before = { name: 'backup', type: 'FULL_ACCESS', rules: [{ id: 'a' }], lock: undefined }
const after = { name: 'backup', type: 'READ_ONLY', rules: [{ id: 'b' }], lock: { message: 'x' } }

t.strictSame(
  changedMembers(before, after).map(({ name }) => name),
  ['type', 'rules', 'lock'],
)
t.strictSame(changedMembers(before, after)[0], {
  name: 'type',
  before: 'FULL_ACCESS',
  after: 'READ_ONLY',
})

const change: Change = {
  DecisionId: record.decisionId,
  Time: 1,
  Action: 'ewsgateway:PutUser',
  Verdict: 'ALLOW',
}
const Counts = { Created: 2_000, Updated: 0, Deleted: 1 }

for (const [of, text] of [
  [{ Before: before, After: after }, 'type, rules, lock'],
  [{ ObjectType: 'USER', After: after }, 'Created'],
  [{ After: after }, ''],
  [{ Before: before }, 'Deleted'],
  [{}, ''],
  [{ Counts }, '2,000 created, 1 deleted'],
  [{ Counts: { ...Counts, GroupsUpdated: 3 } }, '2,000 created, 1 deleted, 3 groups updated'],
  [{ Counts: { Created: 0, Updated: 0, Deleted: 0 } }, 'No changes'],
  [{ Counts, DryRun: true }, 'Preview only'],
  [{ Reason: 'AccessDenied', Before: before }, 'AccessDenied'],
  [{ Reason: 'AccessDenied', Count: 3 }, 'AccessDenied (3 calls)'],
] satisfies [Partial<Change>, string][])
  t.equal(changeInWords({ ...change, ...of }), text, `changeInWords() ${text}`)

const ids = (count: number, prefix = 'u') =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

for (const [what, was, is, found] of [
  ['a short list', undefined, { created: ids(20) }, ''],
  ['an import', undefined, { created: ids(21), deleted: ['x'] }, 'created: 21'],
  ['a synchronization', undefined, { users: { removed: ids(30) } }, 'users.removed: 30'],
  ['a deletion', { id: 'g', users: ids(25) }, undefined, 'users: 25'],
  [
    'a group',
    { users: ids(30) },
    { users: [...ids(29), 'new', 'newer'] },
    'added in users: 2, removed in users: 1',
  ],
  [
    'a rule of a role',
    { rules: [{ id: 'a', targetUsers: ids(21) }] },
    { rules: [{ id: 'b' }, { id: 'a', targetUsers: ids(20) }] },
    'removed in rules.a.targetUsers: 1',
  ],
] as const)
  t.equal(countsOf(entriesOf(was, is)), found, `entriesOf() ${what}`)

t.strictSame(
  changedMembers({ users: ids(1_500), short: ids(2) }, { users: ids(1_500, 'v'), short: ids(2) }),
  [{ name: 'users', before: '1,500 entries', after: '1,500 entries' }],
  'long lists of the same length that differ',
)
t.match(textOfState([{ id: 'a', targetUsers: ids(21) }]), /"targetUsers": "21 entries"/)

for (const [field, kind] of [
  ['created', 'user'],
  ['users.removed', 'user'],
  ['groups.removed', 'group'],
  ['rules.all-users.targetGroups', 'group'],
  ['rules.groups.notTargetUsers', 'user'],
  ['notUserIds', 'user'],
  ['ipRanges', 'other'],
  ['joined.users', 'user'],
  ['left.groups', 'group'],
  ['groups.members.g-1.left.users', 'user'],
  ['groups.members.g-1.joined.groups', 'group'],
] as const)
  t.equal(kindOf({ field, id: 'x' }), kind, `kindOf() ${field}`)
