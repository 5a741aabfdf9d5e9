/** R47: the object of a change, from its state. */

import t from 'tap'
import { namedObject, objectOf } from '../../src/model/changed-object.ts'

const USERS = { counts: { created: 2, updated: 0, removed: 1 }, created: [{ id: 'u1' }] }
const COUNTS = { created: 2, updated: 0, deleted: 1 }
const SYNCED = { counts: { created: 1_000, updated: 1, removed: 2 }, created: ['u1'] }
const NONE = { created: 0, updated: 0, deleted: 0 }

for (const [type, state, object] of [
  ['ROLE', { id: 'r', name: 'Backup', version: '7' }, { id: 'r', name: 'Backup' }],
  ['ROLE', { id: 'r' }, { id: 'r' }],
  ['ROLE', undefined, {}],
  ['ACCESS_CONTROL_RULE', { id: 'x', name: 'office' }, { name: 'office' }],
  ['PRINCIPAL', { id: 'p', name: 'tool' }, { id: 'p', name: 'tool' }],
  ['ACCESS_KEY', { id: 'AKIA', principalId: 'p' }, { id: 'AKIA', name: 'AKIA' }],
  [
    'USER',
    { id: 'u', primarySmtpAddress: 'a@example.com', displayName: 'A' },
    { id: 'u', name: 'a@example.com' },
  ],
  ['GROUP', { id: 'g', name: 'sales' }, { id: 'g', name: 'sales' }],
  ['GROUP', { id: 7, name: ['sales'] }, {}],
  ['NAME', { userId: 'u', name: 'a@example.com' }, { name: 'a@example.com' }],
  ['PROTECTED_MAILBOXES', { users: ['u-ceo'] }, {}],
  ['USERS', { dryRun: false, users: USERS }, { counts: COUNTS }],
  ['USERS', { dryRun: true, users: USERS }, { counts: COUNTS, dryRun: true }],
  ['USERS', { dryRun: false }, { counts: NONE }],
  ['DIRECTORY', { outcome: 'stopped' }, {}],
  [
    'DIRECTORY',
    { outcome: 'done', users: SYNCED },
    { counts: { created: 1_000, updated: 1, deleted: 2, groups: NONE } },
  ],
  [
    'DIRECTORY',
    { groups: SYNCED },
    { counts: { ...NONE, groups: { ...COUNTS, created: 1_000, updated: 1, deleted: 2 } } },
  ],
] as const)
  t.strictSame(
    objectOf(type, state),
    { type, ...object },
    `objectOf() ${type} ${JSON.stringify(state)}`,
  )

t.strictSame(namedObject('ROLE', 'r', undefined), { type: 'ROLE', id: 'r' })
t.strictSame(namedObject('ROLE', undefined, 'Backup'), { type: 'ROLE', name: 'Backup' })
