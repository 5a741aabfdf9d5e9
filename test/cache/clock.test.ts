/**
 * Ages measured on two clocks: each boundary, to the millisecond.
 */

import t from 'tap'
import { endElsewhere, endOf, hasEnded, isBefore, SYSTEM_CLOCK } from '../../src/cache/clock.ts'

const START = { now: 1_800_000_000_000, elapsed: 5_000 }
const END = { now: START.now + 300, elapsed: START.elapsed + 300 }

t.strictSame(endOf(START, 300), END)
t.strictSame(
  endElsewhere(START, 300),
  { ...END, now: END.now + 30_000 },
  'the wall clock of another machine may be 30 s off',
)

for (const [now, elapsed, isOver] of [
  [-1, -1, false],
  [0, -1, true],
  [-1, 0, true],
  [1, -300, true],
  [-3_600_000, 1, true],
] as const) {
  const at = { now: END.now + now, elapsed: END.elapsed + elapsed }
  const clock = { now: () => at.now, elapsed: () => at.elapsed }
  const what = `${now} ms on the wall clock, ${elapsed} ms on the monotonic one`
  t.equal(hasEnded(clock, END), isOver, `P5 hasEnded(): ${what}`)
  t.equal(isBefore(at, END), !isOver, `P5 isBefore(): ${what}`)
}

t.test('the system clock shows both times', t => {
  const { now, elapsed } = SYSTEM_CLOCK
  t.ok(Math.abs(now() - Date.now()) < 60_000)
  const first = elapsed()
  t.ok(first > 0 && elapsed() >= first)
  t.end()
})
