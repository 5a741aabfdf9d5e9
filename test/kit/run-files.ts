/**
 * Runs the test files that the environment variable `TEST_FILES` lists (absolute paths, as JSON) in
 * this process, one after the other.
 *
 * @module
 */

import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { followNoPromises } from './follow-no-promises.ts'

// A test of the same name in another process has another folder.
t.testdirName += `-${basename(tmpdir())}`

// TAP gives the root a second domain when its output begins.
t.register()
const flush = bufferOutput()
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
  flush()
}
// The runner kills a process that doesn't end after this. On a busy machine, Node.js can wait for its own threads
// permanently then: https://github.com/nodejs/node/issues/54918
process.once('exit', code => process.stdout.write(`# exit ${code}\n`))
t.end()

/**
 * Collects the output, because each write of a line wakes the runner. Writes it at least once a second, so that the
 * runner shows where a process hangs, and when the process ends.
 *
 * @returns function that writes what is collected
 */
function bufferOutput(): () => void {
  let lines: string[] = []
  const flush = () => {
    if (lines.length > 0) process.stdout.write(lines.join(''))
    lines = []
  }
  t.on('data', line => lines.push(line.toString()))
  setInterval(flush, 1_000).unref()
  // After TAP's own, which reports the unfinished tests.
  process.once('exit', flush)
  return flush
}
