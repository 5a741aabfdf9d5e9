/**
 * Mutants in short: the tests notice mistakes in the files that changed last.
 */

import t from 'tap'
import { NODE, ROOT, run } from '../kit/checkout.ts'

const { code, out, err } = await run(NODE, ['test/siege/main.ts', 'mutants', '--short'], {
  cwd: ROOT,
})
t.equal(code, 0, 'no mistake in a recently changed file goes unnoticed', { out, err })
t.match(out, /^mutants: [1-9]\d* tried, nothing got through/m, 'mutants were tried')
