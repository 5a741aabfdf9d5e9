import t from 'tap'
import type { UserAccess } from '../../../src/console/api/users.ts'
import { timeInShort } from '../../../src/console/parts/time-words.ts'
import { localZone } from '../../../src/console/parts/zone.ts'
import { accessInWords, byAccess } from '../../../src/console/users/access-words.ts'

const backup = { PrincipalId: 'p-1', Name: 'backup', State: 'ACTIVE' } as const
const ended = { PrincipalId: 'p-3', Name: 'ended', State: 'ENDED' } as const
const access = (Name: string, more: Partial<UserAccess> = {}): UserAccess => ({
  ImpersonationRoleId: Name,
  Name,
  Type: 'READ_ONLY',
  State: 'ACTIVE',
  Effect: 'ALLOW',
  MatchedRules: [],
  Principals: [backup],
  ...more,
})
const AT = timeInShort(1_700_000_000, localZone())
const full = access('full', { Type: 'FULL_ACCESS' })
const closed = { Effect: 'DENY', AllowsWhenActive: true } as const
const locked = access('locked', { ...closed, State: 'LOCKED' })
const over = access('over', { ...closed, State: 'ENDED', Period: { NotAfter: 1_700_000_000 } })
const early = access('early', { ...closed, State: 'NOT_YET', Period: { NotBefore: 1_700_000_000 } })
const unheld = access('unheld', { Principals: [] })
const denying = access('denying', { Effect: 'DENY' })
const protecting = access('protecting', { Effect: 'DENY', Reason: 'mailbox-protected' })

for (const [roles, isEnabled, sentence] of [
  [[], true, 'No principal can impersonate this user now.'],
  [[locked, unheld, denying], true, 'No principal can impersonate this user now.'],
  [[locked], true, 'No principal can impersonate this user now: role is locked.'],
  [[over, denying], true, `No principal can impersonate this user now: role ended on ${AT}.`],
  [[early], true, `No principal can impersonate this user now: role begins on ${AT}.`],
  [[unheld], true, 'No principal can impersonate this user now: no principals.'],
  [
    [access('a', { Principals: [ended] })],
    true,
    'No principal can impersonate this user now: no principal can sign in now.',
  ],
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
    [access('a', { Principals: [backup, ended, { ...backup, PrincipalId: 'p-2' }] })],
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
