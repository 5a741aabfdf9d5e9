import t from 'tap'
import { groupId, userId } from '../../src/model/identity.ts'
import { NO_PROTECTION } from '../../src/model/protection.ts'
import { roleId } from '../../src/model/role.ts'
import { isProtected, protectionFrom } from '../../src/policy/protection.ts'

const ROLE = roleId('r')
const CEO = { id: userId('u-ceo') }
const BOARD = groupId('g-board')
const memberOf = (groups: readonly (typeof BOARD)[], formerGroups: readonly (typeof BOARD)[]) => ({
  id: userId('u-cfo'),
  memberOf: { groups, formerGroups },
})
const UNTIL = { roleId: ROLE, notAfter: 1_000, reason: 'Investigation 7' }

for (const [what, change, person, moment, expected] of [
  ['a user of the list', { users: [CEO.id] }, CEO, { at: 0 }, true],
  ['another user', { users: [CEO.id] }, { id: userId('u-other') }, { at: 0 }, false],
  ['an unknown user', { users: [CEO.id] }, undefined, { at: 0 }, false],
  ['anyone without a list', {}, CEO, { at: 0 }, false],
  ['a user beside a protected group', { users: [CEO.id], groups: [BOARD] }, CEO, { at: 0 }, true],
  ['a member of a group', { groups: [BOARD] }, memberOf([BOARD], []), { at: 0 }, true],
  ['a last member of a deleted group', { groups: [BOARD] }, memberOf([], [BOARD]), { at: 0 }, true],
  ['anyone if the list is unreadable', { unreadable: true }, CEO, { at: 0 }, true],
  ['an unknown user then', { unreadable: true }, undefined, { at: 0 }, true],
  ['before an exception ends', { users: [CEO.id], exceptions: [UNTIL] }, CEO, { at: 999 }, false],
  ['when an exception ends', { users: [CEO.id], exceptions: [UNTIL] }, CEO, { at: 1_000 }, true],
  [
    'after an exception, with a clock that went back',
    { users: [CEO.id], exceptions: [UNTIL] },
    CEO,
    { at: 500, latest: 1_000 },
    true,
  ],
  [
    'during the exception of another role',
    { users: [CEO.id], exceptions: [{ ...UNTIL, roleId: roleId('other') }] },
    CEO,
    { at: 500 },
    true,
  ],
] as const)
  t.equal(
    isProtected(protectionFrom(ROLE, { ...NO_PROTECTION, ...change }, moment), person),
    expected,
    `isProtected() of ${what}`,
  )

t.equal(
  protectionFrom(ROLE, NO_PROTECTION, { at: 0 }),
  undefined,
  'no one is looked up without a list',
)
