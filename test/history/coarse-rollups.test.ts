import t from 'tap'
import { wholePeriods } from '../../src/history/coarse-rollups.ts'

const WEEK_HOURS = 7 * 24
const START = 2_918 * WEEK_HOURS

t.test('wholePeriods() covers each hour once', async t => {
  for (const [first, last, weeks] of [
    [START, START + WEEK_HOURS - 1, 1],
    [START - 1, START + WEEK_HOURS - 1, 1],
    [START, START + WEEK_HOURS, 1],
    [START - 5, START + 3 * WEEK_HOURS + 7, 3],
    [START + 1, START + 3 * WEEK_HOURS - 2, 1],
  ] as const) {
    const split = wholePeriods([first, last], WEEK_HOURS)
    t.not(split, undefined)
    if (split === undefined) continue
    const [from, to] = split.periods
    t.equal((to - from) / WEEK_HOURS + 1, weeks)
    const [before, after] = split.edges
    t.strictSame(
      [before?.[0], before?.[1], after?.[0], after?.[1]],
      [first, from - 1, to + WEEK_HOURS, last],
    )
    t.equal(from % WEEK_HOURS, 0)
  }
})

t.test('wholePeriods() finds none in hours that contain no whole period', async t => {
  for (const [first, last] of [
    [START, START + WEEK_HOURS - 2],
    [START + 1, START + 2 * WEEK_HOURS - 2],
  ] as const)
    t.equal(wholePeriods([first, last], WEEK_HOURS), undefined)
})
