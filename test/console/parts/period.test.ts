/**
 * Periods in forms of the console.
 */

import t from 'tap'
import {
  outsideOf,
  periodInWords,
  periodProblem,
  secondsOf,
  textOf,
} from '../../../src/console/parts/period.ts'

const AT = Date.UTC(2027, 2, 31, 22, 5, 7) / 1_000

t.strictSame(textOf(AT), { date: '2027-03-31', time: '22:05:07' }, 'times are in UTC')
t.strictSame(textOf(undefined), { date: '', time: '' })
t.equal(secondsOf(textOf(AT)), AT, 'a time that is not edited stays the same')

for (const [date, time, expected] of [
  ['', '', undefined],
  ['2027-03-31', '', AT - 22 * 3_600 - 307],
  ['2027-03-31', '22:05', AT - 7],
  ['2027-03-31', '22', AT - 307],
  ['', '22:05', Number.NaN],
  ['2027-03-31', '2', Number.NaN],
  ['2027-03-31', '22:', Number.NaN],
  ['2027-02-', '22:05', Number.NaN],
] as const)
  t.ok(Object.is(secondsOf({ date, time }), expected), `${date} ${time}`)

t.equal(periodProblem({}), undefined)
t.equal(periodProblem({ NotBefore: 1, NotAfter: 2 }), undefined)
t.match(periodProblem({ NotBefore: 2, NotAfter: 2 }), /later than the start/)
t.match(periodProblem({ NotAfter: Number.NaN }), /Enter a date/)

for (const [now, expected] of [
  [0, 'NOT_YET'],
  [1, undefined],
  [2, 'ENDED'],
] as const)
  t.equal(outsideOf({ NotBefore: 1, NotAfter: 2 }, now), expected)

t.equal(periodInWords({}), 'Always')
t.equal(
  periodInWords({ NotBefore: 0, NotAfter: AT }),
  'from 1970-01-01 00:00:00 UTC until 2027-03-31 22:05:07 UTC',
)
