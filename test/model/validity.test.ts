/**
 * Periods, at their boundaries and while the clock jumps.
 */

import fc from 'fast-check'
import t from 'tap'
import { momentsOf } from '../../src/cache/clock.ts'
import {
  isLimited,
  isWithin,
  mayBeWithin,
  nextChange,
  stateOfPeriod,
  type Validity,
} from '../../src/model/validity.ts'

const [FROM, TO] = [1_000, 2_000]
const period: Validity = { notBefore: FROM, notAfter: TO }

for (const [at, expected] of [
  [FROM - 1, false],
  [FROM, true],
  [FROM + 1, true],
  [TO - 1, true],
  [TO, false],
  [TO + 1, false],
] as const) {
  t.equal(isWithin(period, { at }), expected, `isWithin() at ${at} is ${expected}`)
  t.equal(mayBeWithin(period, { at }), expected, `mayBeWithin() at ${at} is ${expected}`)
}

for (const [what, at, latest, certainly, possibly] of [
  ['before the begin, which has been seen', FROM - 1, FROM, false, true],
  ['from begin to end', FROM, TO, false, true],
  ['before the end, which has been seen', TO - 1, TO, false, true],
  ['before the begin, though the end has been seen', FROM - 1, TO, false, true],
  ['the last millisecond', TO - 1, TO - 1, true, true],
] as const) {
  t.equal(isWithin(period, { at, latest }), certainly, `isWithin() ${what}`)
  t.equal(mayBeWithin(period, { at, latest }), possibly, `mayBeWithin() ${what}`)
}
for (const [what, limits, at, latest, expected] of [
  ['before the begin', period, FROM - 1, FROM - 1, 'NOT_YET'],
  ['before the begin, which has been seen', period, FROM - 1, FROM, 'NOT_YET'],
  ['at the begin', period, FROM, FROM, 'ACTIVE'],
  ['at the end', period, TO, TO, 'ENDED'],
  ['before the end, which has been seen', period, TO - 1, TO, 'ENDED'],
  ['before the begin, though the end has been seen', period, FROM - 1, TO, 'ENDED'],
  ['without an end', { notBefore: FROM }, FROM - 1, TO, 'NOT_YET'],
  ['without limits', {}, 0, TO, 'ACTIVE'],
] as const)
  t.equal(stateOfPeriod(limits, { at, latest }), expected, `stateOfPeriod() ${what}`)
for (const [limits, expected] of [
  [{}, false],
  [{ notBefore: 0 }, true],
  [{ notAfter: 0 }, true],
  [period, true],
] as const)
  t.equal(isLimited(limits), expected, `isLimited() ${JSON.stringify(limits)}`)
t.ok(isWithin({}, { at: 0 }) && mayBeWithin({}, { at: 0 }), 'an unlimited period has every time')

for (const [at, expected] of [
  [FROM - 1, FROM],
  [FROM, TO],
  [TO - 1, TO],
  [TO, undefined],
] as const)
  t.equal(nextChange([{}, period, { notAfter: TO + 5 }].slice(0, 2), { at }), expected, `${at}`)
t.equal(nextChange([period], { at: FROM - 1, latest: FROM }), TO, 'what was seen does not come')

/** A process: how far its clocks move before each decision. The monotonic one never goes back. */
const steps = fc.array(
  fc.record({ wall: fc.integer({ min: -5_000, max: 5_000 }), elapsed: fc.nat(500) }),
)
const anyPeriod: fc.Arbitrary<Validity> = fc.record(
  { notBefore: fc.integer({ min: 0, max: 9_000 }), notAfter: fc.integer({ min: 0, max: 9_000 }) },
  { requiredKeys: [] },
)

t.test('R26 what has ended stays ended, whatever the wall clock does', async t => {
  const ends = fc.property(anyPeriod, steps, ({ notAfter }, moves) => {
    const clock = { now: 0, elapsed: 0 }
    const moment = momentsOf({ now: () => clock.now, elapsed: () => clock.elapsed })
    const period = notAfter === undefined ? {} : { notAfter }
    let hasEnded = false
    for (const { wall, elapsed } of moves) {
      clock.now += wall
      clock.elapsed += elapsed
      const present = moment()
      if (hasEnded && isWithin(period, present)) return false
      hasEnded = !isWithin(period, present)
    }
    return true
  })
  t.doesNotThrow(() => fc.assert(ends))
})

t.test('R26 a denial by time stays while the wall clock is set back', async t => {
  const stays = fc.property(anyPeriod, fc.nat(9_000), fc.nat(9_000), (period, at, back) => {
    const clock = { now: at, elapsed: 0 }
    const moment = momentsOf({ now: () => clock.now, elapsed: () => clock.elapsed })
    const [isAllowed, isDenied] = [isWithin(period, moment()), mayBeWithin(period, moment())]
    clock.now -= back
    return (
      (isAllowed || !isWithin(period, moment())) && (!isDenied || mayBeWithin(period, moment()))
    )
  })
  const denies = fc.property(anyPeriod, fc.nat(9_000), (period, at) => {
    const present = { at, latest: at }
    return isWithin(period, present) === mayBeWithin(period, present)
  })
  t.doesNotThrow(() => fc.assert(denies), 'without a jump, both are the same')
  t.doesNotThrow(() => fc.assert(stays))
})

t.test('R26 an end comes no later because the wall clock was set back', async t => {
  const clock = { now: 1_500, elapsed: 0 }
  const moment = momentsOf({ now: () => clock.now, elapsed: () => clock.elapsed })
  t.ok(isWithin(period, moment()))
  clock.now = 1_100
  clock.elapsed = 499
  t.ok(isWithin(period, moment()), 'one millisecond before the end')
  clock.elapsed = 500
  t.notOk(isWithin(period, moment()), 'half a second after 1,500')
  clock.now = 1_900
  t.notOk(isWithin(period, moment()), 'nor later')
  clock.now = 3_000
  t.strictSame(moment(), { at: 3_000, latest: 3_000 }, 'the wall clock is right again')
})
