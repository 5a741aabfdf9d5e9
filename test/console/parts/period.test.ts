/**
 * Periods in forms of the console.
 */

import t from 'tap'
import { endProblem, periodInWords, periodProblem } from '../../../src/console/parts/period.ts'

const AT = Date.UTC(2027, 2, 31, 22, 5, 7) / 1_000

t.equal(periodProblem({}), undefined)
t.equal(periodProblem({ NotBefore: 1, NotAfter: 2 }), undefined)
t.match(periodProblem({ NotBefore: 2, NotAfter: 2 }), /later than the start/)
t.equal(periodProblem({ NotBefore: 2, NotAfter: Number.NaN }), 'Correct the end.')
t.equal(periodProblem({ NotBefore: Number.NaN, NotAfter: Number.NaN }), 'Correct the start.')

for (const [NotAfter, problem] of [
  [2, undefined],
  [1, 'The end must be in the future.'],
  [0, 'The end must be in the future.'],
] as const)
  t.equal(endProblem({ NotAfter }, 1), problem)
t.equal(endProblem({}, 1), undefined)

t.equal(periodInWords({}, 'UTC'), 'Always')
t.equal(
  periodInWords({ NotBefore: 0, NotAfter: AT }, 'Europe/Berlin'),
  'from 1 Jan 1970, 01:00 UTC+1 until 1 Apr 2027, 00:05:07 UTC+2',
)
t.equal(periodInWords({ NotAfter: Number.NaN }, 'UTC'), 'until an invalid time')
