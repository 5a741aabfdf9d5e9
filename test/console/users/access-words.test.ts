import t from 'tap'
import type { UserAccess } from '../../../src/console/api/users.ts'
import { accessInWords, byAccess } from '../../../src/console/users/access-words.ts'

const backup = { PrincipalId: 'p-1', Name: 'backup' }
const access = (Name: string, more: Partial<UserAccess> = {}): UserAccess => ({
  ImpersonationRoleId: Name,
  Name,
  Type: 'READ_ONLY',
  Locked: false,
  Effect: 'ALLOW',
  MatchedRules: [],
  Principals: [backup],
  ...more,
})
const full = access('full', { Type: 'FULL_ACCESS' })
const locked = access('locked', { Locked: true })
const unheld = access('unheld', { Principals: [] })
const denying = access('denying', { Effect: 'DENY' })
const protecting = access('protecting', { Effect: 'DENY', Reason: 'mailbox-protected' })

for (const [roles, isEnabled, sentence] of [
  [[], true, 'No principal can impersonate this user.'],
  [[locked, unheld, denying], true, 'No principal can impersonate this user.'],
  [
    [protecting, denying],
    true,
    'The mailbox is protected, so no principal can impersonate this user.',
  ],
  [
    [full, protecting],
    true,
    '1 principal can impersonate this user with full access in 1 role. The mailbox is protected from all other roles.',
  ],
  [[access('a')], true, '1 principal can impersonate this user with read-only access in 1 role.'],
  [[full, denying], true, '1 principal can impersonate this user with full access in 1 role.'],
  [[full, access('a')], true, '1 principal can impersonate this user in 2 roles.'],
  [
    [access('a', { Principals: [backup, { PrincipalId: 'p-2', Name: 'b' }] })],
    true,
    '2 principals can impersonate this user with read-only access in 1 role.',
  ],
  [[access('a')], false, 'No principal can impersonate this user while the user is disabled.'],
] satisfies [UserAccess[], boolean, string][])
  t.equal(accessInWords(roles, isEnabled), sentence)

t.strictSame(
  [denying, locked, access('b'), unheld, access('a')].toSorted(byAccess).map(({ Name }) => Name),
  ['a', 'b', 'locked', 'unheld', 'denying'],
)
