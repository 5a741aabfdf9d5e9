/**
 * Runs the test files that the environment variable `TEST_FILES` lists (absolute paths, as JSON) in
 * this process, one after the other.
 *
 * @module
 */

import { pathToFileURL } from 'node:url'
import t from 'tap'

for (const file of JSON.parse(process.env['TEST_FILES'] ?? '[]') as string[]) {
  const before = t.counts.total
  await import(pathToFileURL(file).href)
  // The root runs its tests in order, so that this one ends after all tests of the file.
  await t.test(file, async () => {
    if (t.counts.total === before) throw new Error('This file has no tests')
  })
}
