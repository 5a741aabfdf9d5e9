/** R47: what each kind of record does to a policy. */

import t from 'tap'
import { differencesOf, PolicyFold } from '../../src/audit/policy-fold.ts'
import { NO_POLICY, type PolicyState } from '../../src/model/policy-state.ts'

const alice = { id: 'u-1', primarySmtpAddress: 'alice@example.com', aliases: [], enabled: true }
const bob = { id: 'u-2', primarySmtpAddress: 'bob@example.com', aliases: [], enabled: true }
const role = {
  id: 'r-1',
  name: 'Backup',
  type: 'READ_ONLY',
  rules: [],
  guard: { mailboxes: 'own' },
  version: 3,
  tokensValidFrom: 1,
}
const rule = { name: 'office', effect: 'DENY', description: '' }
const tool = { id: 'p-1', name: 'tool', enabled: true, policy: { Statement: [] } }
const key = { id: 'AKIA', principalId: 'p-1', enabled: true, createdAt: 1 }
const otherKey = { id: 'AKIB', principalId: 'p-2', enabled: true, createdAt: 1 }
const subject = { kind: 'token-subject', subject: 'tool-1' }
const team = { id: 'g-1', name: 'Team', users: ['u-1', 'u-2'], groups: ['g-2'] }

type Kind = keyof PolicyState
type States = Readonly<{ before?: object; after?: object }>
type Expected = Readonly<Partial<Record<Kind, object>>>

/** Rows: the objects before the change, its object and states, and the objects after it. */
const ROWS: readonly (readonly [
  title: string,
  present: Expected,
  type: string,
  states: States,
  expected: Expected,
])[] = [
  [
    'a role that is created',
    {},
    'ROLE',
    { after: { ...role, organizationId: 'm', createdAt: 1, modifiedAt: 2 } },
    { roles: { 'r-1': role } },
  ],
  [
    'a lock, which leaves the other members of a role',
    { roles: { 'r-1': role } },
    'ROLE',
    { before: { id: 'r-1', version: 3 }, after: { id: 'r-1', version: 4, lock: {} } },
    { roles: { 'r-1': { ...role, version: 4, lock: {} } } },
  ],
  [
    'the end of a lock',
    { roles: { 'r-1': { ...role, lock: {}, profile: {} } } },
    'ROLE',
    { before: { id: 'r-1', lock: {} }, after: { id: 'r-1' } },
    { roles: { 'r-1': { ...role, profile: {} } } },
  ],
  [
    'a role that replaces a deleted one',
    { roles: { 'r-1': { ...role, lock: {} } } },
    'ROLE',
    { after: role },
    { roles: { 'r-1': role } },
  ],
  ['a deleted role', { roles: { 'r-1': role } }, 'ROLE', { before: role }, {}],
  ['a role that did not exist', {}, 'ROLE', { before: { id: 'gone' } }, {}],
  [
    'an access control rule',
    { accessControlRules: { office: { ...rule, ipRanges: ['192.0.2.0/24'] } } },
    'ACCESS_CONTROL_RULE',
    { before: rule, after: { ...rule, createdAt: 1, modifiedAt: 1 } },
    { accessControlRules: { office: rule } },
  ],
  [
    'a deleted access control rule',
    { accessControlRules: { office: rule, __proto__x: rule } },
    'ACCESS_CONTROL_RULE',
    { before: rule },
    { accessControlRules: { __proto__x: rule } },
  ],
  [
    'a tool with its key',
    {},
    'PRINCIPAL',
    { after: { ...tool, organizationId: 'm', key } },
    { principals: { 'p-1': tool }, accessKeys: { AKIA: key } },
  ],
  [
    'identities of a principal',
    { principals: { 'p-1': tool } },
    'PRINCIPAL',
    {
      before: { id: 'p-1', name: 'tool', identities: [] },
      after: { id: 'p-1', name: 'tool', identities: [subject] },
    },
    { principals: { 'p-1': { ...tool, identities: [subject] } } },
  ],
  [
    'identities that are removed',
    { principals: { 'p-1': { ...tool, identities: [subject] } } },
    'PRINCIPAL',
    { before: { id: 'p-1', identities: [subject] }, after: { id: 'p-1', identities: [] } },
    { principals: { 'p-1': tool } },
  ],
  [
    'a principal without an end, which keeps its identities',
    { principals: { 'p-1': { ...tool, notAfter: 5, identities: [subject] } } },
    'PRINCIPAL',
    { before: { ...tool, notAfter: 5 }, after: { ...tool, enabled: false } },
    { principals: { 'p-1': { ...tool, enabled: false, identities: [subject] } } },
  ],
  [
    'a deleted principal, with its keys',
    { principals: { 'p-1': tool }, accessKeys: { AKIA: key, AKIB: otherKey } },
    'PRINCIPAL',
    { before: { ...tool, accessKeys: ['AKIA'], identities: [] } },
    { accessKeys: { AKIB: otherKey } },
  ],
  [
    'a key that loses its end',
    { accessKeys: { AKIA: { ...key, expiresAt: 9 } } },
    'ACCESS_KEY',
    { before: { ...key, expiresAt: 9 }, after: key },
    { accessKeys: { AKIA: key } },
  ],
  ['a deleted key', { accessKeys: { AKIA: key } }, 'ACCESS_KEY', { before: key }, {}],
  [
    'a user',
    { users: { 'u-1': { ...alice, sid: 'S-1' } } },
    'USER',
    { before: { ...alice, sid: 'S-1' }, after: { ...alice, memberOf: { groups: ['g-1'] } } },
    { users: { 'u-1': alice } },
  ],
  ['a deleted user', { users: { 'u-1': alice } }, 'USER', { before: alice }, {}],
  [
    'an import',
    { users: { 'u-1': alice, 'u-3': { ...bob, id: 'u-3' } } },
    'USERS',
    {
      after: {
        dryRun: false,
        users: {
          created: [bob],
          updated: [{ ...alice, enabled: false }],
          removed: [{ ...bob, id: 'u-3' }],
        },
      },
    },
    { users: { 'u-1': { ...alice, enabled: false }, 'u-2': bob } },
  ],
  ['an import without changes', {}, 'USERS', { after: { dryRun: false } }, {}],
  [
    'a synchronization',
    { groups: { 'g-1': team, 'g-3': { ...team, id: 'g-3' } } },
    'DIRECTORY',
    {
      after: {
        outcome: 'done',
        users: { created: [alice], updated: [], removed: [] },
        groups: {
          created: [{ id: 'g-2', name: 'Inner' }],
          updated: [{ id: 'g-1', name: 'Staff', primarySmtpAddress: 'staff@example.com' }],
          removed: [{ id: 'g-3', name: 'Team' }],
          members: {
            'g-1': { joined: { users: ['u-3'], groups: [] }, left: { users: ['u-2'], groups: [] } },
            'g-2': { joined: { users: ['u-1'], groups: [] }, left: { users: [], groups: [] } },
            'g-3': { joined: { users: [], groups: [] }, left: { users: ['u-1'], groups: [] } },
          },
        },
      },
    },
    {
      users: { 'u-1': alice },
      groups: {
        'g-1': {
          ...team,
          name: 'Staff',
          primarySmtpAddress: 'staff@example.com',
          users: ['u-1', 'u-3'],
        },
        'g-2': { id: 'g-2', name: 'Inner', users: ['u-1'], groups: [] },
        'g-3': { ...team, id: 'g-3', deleted: true },
      },
    },
  ],
  ['a synchronization that stopped', {}, 'DIRECTORY', { after: { outcome: 'stopped' } }, {}],
  [
    'a group that is restored without its address and one of its last members',
    { groups: { 'g-1': { ...team, primarySmtpAddress: 'team@example.com', deleted: true } } },
    'GROUP',
    {
      after: {
        id: 'g-1',
        name: 'Team',
        users: 2,
        groups: 0,
        joined: { users: ['u-2', 'u-3'], groups: [] },
        left: { users: ['u-1'], groups: ['g-2'] },
      },
    },
    { groups: { 'g-1': { ...team, users: ['u-2', 'u-3'], groups: [] } } },
  ],
  [
    'a deleted group, which keeps its last members',
    { groups: { 'g-1': team } },
    'GROUP',
    { before: { id: 'g-1', users: 2, left: { users: ['u-1', 'u-2'], groups: ['g-2'] } } },
    { groups: { 'g-1': { ...team, deleted: true } } },
  ],
  [
    'a group that loses members of an unknown kind',
    { groups: { 'g-1': { ...team, others: ['x-1', 'x-2'] } } },
    'GROUP',
    { after: { id: 'g-1', name: 'Team', left: { users: [], groups: [], others: ['x-1'] } } },
    { groups: { 'g-1': { ...team, others: ['x-2'] } } },
  ],
  ['a released name', {}, 'NAME', { before: { userId: 'u-1', name: 'a@example.com' } }, {}],
  [
    'protected mailboxes',
    { protection: { users: ['u-1'], groups: [], exceptions: [] } },
    'PROTECTED_MAILBOXES',
    { before: {}, after: { users: [], groups: ['g-1'], exceptions: [] } },
    { protection: { users: [], groups: ['g-1'], exceptions: [] } },
  ],
  ['a change without states', {}, 'ROLE', {}, {}],
]

for (const [title, present, type, states, expected] of ROWS) {
  const fold = new PolicyFold({ ...NO_POLICY, ...present } as PolicyState)
  t.equal(fold.apply({ object: { type } as never, ...states }), true)
  const policy = { ...NO_POLICY, ...expected } as PolicyState
  t.strictSame(fold.policy(), policy, `PolicyFold applies ${title}`)
  t.strictSame(differencesOf(fold.policy(), policy), [])
}

for (const [title, change, isApplied] of [
  ['ignores a change without an object', { after: { epoch: 'e-2' } }, true],
  ['rejects an import without its users', { object: { type: 'USERS' }, before: {} }, false],
  ['rejects a sync without its users', { object: { type: 'DIRECTORY' }, before: {} }, false],
  [
    'rejects the end of a protection',
    { object: { type: 'PROTECTED_MAILBOXES' }, before: {} },
    false,
  ],
  ['rejects an object of a later version', { object: { type: 'FORTRESS' }, after: {} }, false],
  ['rejects an object that a prototype has', { object: { type: 'toString' }, after: {} }, false],
] as const) {
  const fold = new PolicyFold()
  t.equal(fold.apply(change as never), isApplied, `PolicyFold ${title}`)
  t.strictSame(fold.policy(), NO_POLICY)
}

t.test(
  'PolicyFold keeps objects with names of a prototype, in the order of their names',
  async t => {
    const fold = new PolicyFold()
    for (const name of ['zero', '__proto__', 'constructor'])
      fold.apply({ object: { type: 'ACCESS_CONTROL_RULE' }, after: { ...rule, name } })
    const { accessControlRules } = fold.policy()
    t.strictSame(Object.keys(accessControlRules), ['__proto__', 'constructor', 'zero'])
    fold.apply({ object: { type: 'ACCESS_CONTROL_RULE' }, before: { ...rule, name: '__proto__' } })
    t.strictSame(Object.keys(fold.policy().accessControlRules), ['constructor', 'zero'])
    t.strictSame(differencesOf(fold.policy(), NO_POLICY), [
      'accessControlRules.constructor',
      'accessControlRules.zero',
    ])
  },
)

t.test('differencesOf() names the members that differ', async t => {
  const of = (more: object) => ({ ...NO_POLICY, ...more }) as PolicyState
  const one = of({ roles: { 'r-1': role, 'r-2': role }, users: { 'u-1': alice } })
  const other = of({
    roles: { 'r-1': { ...role, lock: {}, guard: {} }, 'r-2': role },
    protection: { users: ['u-1'], groups: [], exceptions: [] },
  })
  t.strictSame(differencesOf(one, other), [
    'users.u-1',
    'roles.r-1.guard',
    'roles.r-1.lock',
    'protection.users',
  ])
})
