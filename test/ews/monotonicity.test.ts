/** Some of the places: monotonicity.slow.ts has all of them. */

import t from 'tap'
import { compareElements } from './monotonicity.ts'

t.test('P3 facts of two elements are those of each, and a denial stays a denial', async t => {
  compareElements(t, 4)
})
