/**
 * Runs the test files that the environment variable `TEST_FILES` lists (absolute paths, as JSON) in
 * this process, one after the other.
 *
 * @module
 */

import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'

// A test of the same name in another process has another folder.
t.testdirName += `-${basename(tmpdir())}`

// TAP gives the root a second domain when its output begins.
t.pipe(process.stdout)
t.hook.emitDestroy()
followNoPromises(t)
// TAP would end the root in the pause before the tests of the next file.
Object.defineProperty(t, 'idle', { value: false })

for (const file of JSON.parse(process.env['TEST_FILES'] ?? '[]') as string[]) {
  const before = t.counts.total
  await import(pathToFileURL(file).href)
  // The root runs its tests in order, so that this one ends after all tests of the file.
  await t.test(file, async () => {
    if (t.counts.total === before) throw new Error('This file has no tests')
  })
}
// The runner kills a process that doesn't end after this. On a busy machine, Node.js can wait for its own threads
// permanently then: https://github.com/nodejs/node/issues/54918
process.once('exit', code => process.stdout.write(`# exit ${code}\n`))
t.end()

/**
 * Ends the domains with which TAP finds the test of an unhandled error, because following every promise
 * takes a quarter of the CPU. An unhandled error ends the process, and TAP reports the unfinished tests.
 */
function followNoPromises(test: Pick<Test, 'hookDomain' | 'on'>): void {
  test.hookDomain.destroy()
  test.on('subtestAdd', child => followNoPromises(child as Test))
}
