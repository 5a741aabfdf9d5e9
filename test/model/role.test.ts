/** Guards, locks, and contents of roles, and how names are compared. */

import t from 'tap'
import { foldGroupName } from '../../src/model/group.ts'
import { foldPrincipalName } from '../../src/model/principal.ts'
import { DEFAULT_GUARD, foldRoleName, isLocked, type RoleContent } from '../../src/model/role.ts'
import { roleContentOf } from '../../src/model/role-shape.ts'

for (const [name, folded] of [
  ['Backup', 'backup'],
  ['BÜRO', 'büro'],
  // A letter and a combining diaeresis are the same name as one letter.
  ['Bu\u0308ro', 'büro'],
  ['Ａ', 'ａ'],
] as const)
  for (const fold of [foldRoleName, foldGroupName, foldPrincipalName])
    t.equal(fold(name), folded, `${fold.name}() of ${JSON.stringify(name)}`)
t.equal(foldPrincipalName(' Backup '), 'backup', 'foldPrincipalName() removes outer blanks')
t.equal(foldRoleName(' Backup '), ' backup ')

t.strictSame(
  DEFAULT_GUARD,
  {
    mailboxes: 'own',
    delegation: false,
    inboxRules: false,
    directoryLookups: true,
    sending: true,
    senders: 'own',
    extraReads: [],
  },
  'a new role has the strict switches',
)

for (const [what, lock, at, expected] of [
  ['no lock', undefined, 5, false],
  ['a lock without an end', {}, Number.MAX_SAFE_INTEGER, true],
  ['a lock before its end', { expiresAt: 5 }, 4, true],
  ['a lock at its end', { expiresAt: 5 }, 5, false],
  ['a lock that ends at the epoch', { expiresAt: 0 }, -1, true],
] as const)
  t.equal(isLocked(lock ? { lock } : {}, at), expected, `isLocked() of ${what}`)
t.equal(isLocked({ unreadable: ['Rules'] }, 5), true, 'isLocked() of a role that is not understood')

t.test('roleContentOf() returns the parts that a draft can replace, and no other', async t => {
  const content: RoleContent = { type: 'READ_ONLY', rules: [], guard: DEFAULT_GUARD }
  const role = { ...content, id: 'r-1', name: 'Backup', version: 7 }
  t.strictSame(roleContentOf(role), content)
  const profile = { name: 'mail-read' } as const
  t.strictSame(roleContentOf({ ...role, profile }), { ...content, profile })
})
