import t from 'tap'
import { changedMembers } from '../../../src/console/audit/record.ts'
import { shownIds, textOfState, timeIn } from '../../../src/console/audit/state-values.ts'

for (const [path, value, seconds] of [
  ['notAfter', 1_500, 1.5],
  ['lock.expiresAt', 2_000, 2],
  ['version', 1_500, undefined],
  ['notAfter', 'soon', undefined],
  ['toString', 1, undefined],
] as const)
  t.equal(timeIn(path, value), seconds, `timeIn() ${path} ${value}`)

const ids = (count: number) => Array.from({ length: count }, (_, i) => `u-${i}`)

const words = {
  time: (seconds: number) => `second ${seconds}`,
  name: ({ kind, id }: { kind: string; id: string }) => `${kind} ${id}`,
}

for (const [what, path, value, text] of [
  ['nothing', 'lock', undefined, ''],
  ['a text', 'name', 'backup', 'backup'],
  ['a number', 'version', 3, '3'],
  ['an empty list', 'rules', [], 'None'],
  ['a long list', 'users', ids(1_500), '1,500 entries'],
  ['a time', 'notAfter', 2_000, 'second 2'],
  ['the ID of a user', 'userId', 'u-1', 'user u-1'],
  ['a time in a member', 'lock', { expiresAt: 2_000 }, '{"expiresAt":"second 2"}'],
  [
    'users and groups of a rule',
    'rules',
    [{ id: 'a', targetUsers: ['u-1'], notTargetGroups: ['g-1'], notBefore: 1_000 }],
    '[{"id":"a","targetUsers":["user u-1"],"notTargetGroups":["group g-1"],"notBefore":"second 1"}]',
  ],
  ['a long list in a rule', 'rules', [{ targetUsers: ids(21) }], '[{"targetUsers":"21 entries"}]'],
  [
    'the groups of a synchronization',
    'groups',
    { created: [{ id: 'g-1', name: 'Sales' }], counts: { created: 1 } },
    '{"created":["group g-1"],"counts":{"created":1}}',
  ],
  [
    'an exception',
    'exceptions',
    [{ roleId: 'r-1', notAfter: 5_000 }],
    '[{"roleId":"role r-1","notAfter":"second 5"}]',
  ],
] as const) {
  const said = textOfState(path, value, words)
  t.equal(
    /^[[{]/.test(said) ? JSON.stringify(JSON.parse(said)) : said,
    text,
    `textOfState() ${what}`,
  )
}

t.strictSame(
  shownIds(
    changedMembers(
      { users: ids(21), targetUsers: ['u-1'], same: 1, roleId: 'unchanged' },
      { users: ids(22), rules: [{ targetGroups: ['g-1'] }], same: 1, roleId: 'unchanged' },
    ),
  ),
  [
    { kind: 'user', id: 'u-1' },
    { kind: 'group', id: 'g-1' },
  ],
  'shownIds() leaves out long lists and unchanged members',
)
