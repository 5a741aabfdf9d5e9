/**
 * Tests which steps of the first hour are shown, and which are done.
 */

import t from 'tap'
import type { Overview } from '../../../src/console/api/overview.ts'
import { isSetUp, stepsOf } from '../../../src/console/overview/steps.ts'

type State = Overview['Upstream']['State']

const facts = (
  [Users, Roles, Tools]: readonly [number, number, number],
  HasServed?: boolean,
  State: State = 'unknown',
) => ({
  Users,
  Roles,
  Tools,
  ...(HasServed !== undefined && { HasServed }),
  Upstream: { State, DateChanged: 1 },
})

for (const [what, found, isHidden, done, hasPassed = false] of [
  ['an empty organization', facts([0, 0, 0], false), false, '?....'],
  ['a server that serves', facts([0, 0, 0], false, 'up'), false, '+....'],
  ['a server that passed the check', facts([0, 0, 0], false), false, '+....', true],
  ['a server that failed after it passed', facts([0, 0, 0], false, 'down'), false, '.....', true],
  ['a server that serves some', facts([0, 0, 0], false, 'degraded'), false, '+....'],
  ['a server that is down', facts([1, 0, 0], false, 'down'), false, '.+...'],
  ['a rejected account', facts([0, 0, 0], false, 'credentials-rejected'), false, '.....'],
  ['users', facts([5, 0, 0], false), false, '?+...'],
  ['a role', facts([5, 1, 0], false), false, '?++..'],
  ['a tool', facts([5, 1, 1], false, 'up'), false, '++++.'],
  ['an allowed request', facts([5, 1, 1], true, 'up'), true, '+++++'],
  ['an allowed request, and then no user', facts([0, 1, 1], true, 'up'), true, '+.+++'],
  ['an allowed request, and then no server', facts([0, 0, 0], true, 'down'), true, '....+'],
  ['no history', facts([5, 1, 0]), false, '?++.?'],
  ['a tool without a history', facts([5, 1, 1]), true, '?+++?'],
] as const) {
  t.equal(isSetUp(found), isHidden, `isSetUp() of ${what}`)
  const marks = stepsOf(found, hasPassed).map(({ isDone }) =>
    isDone === undefined ? '?' : isDone ? '+' : '.',
  )
  t.equal(marks.join(''), done, `stepsOf() ${what}`)
}
