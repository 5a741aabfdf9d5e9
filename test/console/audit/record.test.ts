import t from 'tap'
import type { AuditRecord, Change } from '../../../src/console/api/history.ts'
import {
  countsOf,
  entriesOf,
  kindOf,
  recordedNames,
} from '../../../src/console/audit/long-lists.ts'
import {
  changedMembers,
  changeInWords,
  kindOfRecord,
  objectOfRecord,
  pageOfObject,
  rulesOf,
  titleOf,
} from '../../../src/console/audit/record.ts'

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

/** States of users. */
const states = (count: number) => ids(count).map(id => ({ id, aliases: [`${id}@example.com`] }))

for (const [what, was, is, found] of [
  ['a short list', undefined, { users: { created: states(20) } }, ''],
  [
    'an import',
    undefined,
    { users: { created: states(21), removed: states(1) } },
    'users.created: 21',
  ],
  ['a synchronization', undefined, { users: { removed: states(30) } }, 'users.removed: 30'],
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

for (const [field, kind] of [
  ['users.created', 'user'],
  ['users.removed', 'user'],
  ['groups.removed', 'group'],
  ['rules.all-users.targetGroups', 'group'],
  ['rules.groups.notTargetUsers', 'user'],
  ['notUserIds', 'user'],
  ['userId', 'user'],
  ['exceptions.roleId', 'role'],
  ['notImpersonationRoleIds', 'role'],
  ['principalId', 'principal'],
  ['ipRanges', 'other'],
  ['joined.users', 'user'],
  ['left.groups', 'group'],
  ['groups.members.g-1.left.users', 'user'],
  ['groups.members.g-1.joined.groups', 'group'],
] as const)
  t.equal(kindOf({ field }), kind, `kindOf() ${field}`)

const KEY = { id: 'AKIA', principalId: 'p-1' }

for (const [what, object, of, path] of [
  ['a role', { type: 'ROLE', id: 'r 1', name: 'Backup' }, { after }, '/roles/r%201'],
  ['a user', { type: 'USER', id: 'u-1' }, { after }, '/users/u-1'],
  ['a group', { type: 'GROUP', id: 'g-1' }, { after }, '/groups/g-1'],
  ['a principal', { type: 'PRINCIPAL', id: 'p-1' }, { after }, '/principals/p-1'],
  ['the principal of a key', { type: 'ACCESS_KEY', id: 'AKIA' }, { after: KEY }, '/principals/p-1'],
  [
    'the principal of a deleted key',
    { type: 'ACCESS_KEY', id: 'AKIA' },
    { before: KEY, action: 'ewsgateway:DeleteAccessKey' },
    '/principals/p-1',
  ],
  ['no page of a key without a state', { type: 'ACCESS_KEY', id: 'AKIA' }, {}, undefined],
  [
    'an access control rule by its name',
    { type: 'ACCESS_CONTROL_RULE', name: 'Default' },
    { after },
    '/access-control/rules/Default',
  ],
  ['the protected mailboxes', { type: 'PROTECTED_MAILBOXES' }, { after }, '/protected-mailboxes'],
  ['no page of many users', { type: 'USERS' }, { after }, undefined],
  [
    'no page of a deleted role',
    { type: 'ROLE', id: 'r-1' },
    { before, action: 'workmail:DeleteImpersonationRole' },
    undefined,
  ],
  [
    'the role whose draft was deleted',
    { type: 'ROLE', id: 'r-1' },
    { before, after, action: 'ewsgateway:DeleteRoleShadow' },
    '/roles/r-1',
  ],
] satisfies [string, AuditRecord['object'], Partial<AuditRecord>, string | undefined][])
  t.equal(
    pageOfObject(objectOfRecord({ ...record, type: 'change', action: '', object, ...of })),
    path,
    `pageOfObject() ${what}`,
  )

for (const [of, title, kind] of [
  [{ type: 'assume', roleName: 'Backup' }, 'Token for Backup', 'Token'],
  [{ type: 'assume' }, 'Token for a role', 'Token'],
  [{ type: 'assume', action: 'workmail:AssumeImpersonationRole' }, 'Token for a role', 'Token'],
  [
    { type: 'assume', action: 'ewsgateway:SignIn' },
    'Sign-in to the console',
    'Sign-in to the console',
  ],
  [
    { type: 'assume', action: 'ewsgateway:SignOut' },
    'Sign-out from the console',
    'Sign-out from the console',
  ],
  [
    { type: 'change', action: 'ewsgateway:PutUser', object: { type: 'USER', name: 'a@b.example' } },
    'PutUser: a@b.example',
    'Change',
  ],
  [{ type: 'call', action: 'ewsgateway:GetUsers' }, 'GetUsers', 'Denied call'],
] satisfies [Partial<AuditRecord>, string, string][]) {
  t.equal(titleOf({ ...record, ...of }), title, `titleOf() returns ${title}`)
  t.equal(kindOfRecord({ ...record, ...of }), kind, `kindOfRecord() returns ${kind}`)
}

t.test('recordedNames() finds the names of users and groups in states', async t => {
  const removed = { id: 'u-1', primarySmtpAddress: 'gone@example.com', aliases: [] }
  const group = { id: 'g-1', name: 'Team', users: ['u-1'] }
  const names = recordedNames(undefined, {
    users: { removed: [removed], created: ['u-2'] },
    groups: { updated: [group], members: { 'g-1': { joined: { users: ['u-3'] } } } },
  })
  t.strictSame(
    [...names],
    [
      ['u-1', 'gone@example.com'],
      ['g-1', 'Team'],
    ],
  )
})
