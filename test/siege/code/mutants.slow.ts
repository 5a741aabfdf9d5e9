/** Runs the short form of the mutants: the tests must notice mistakes in recently changed files. */

import t from 'tap'
import { NODE, ROOT, run } from '../../kit/checkout.ts'
import { changedFiles } from './changed.ts'
import { SHORT } from './part.ts'

const skip =
  changedFiles(ROOT, SHORT.commits) === undefined &&
  `the history has fewer than ${SHORT.commits} commits`

t.test('tests notice mistakes in recently changed files', { skip }, async t => {
  const { code, out, err } = await run(NODE, ['test/siege/main.ts', 'mutants', '--short'], {
    cwd: ROOT,
  })
  t.equal(code, 0, 'no mistake survives', { out, err })
  t.match(out, /^mutants: \d+ attempts, no findings/m)
})
