/**
 * Runs the test files that the environment variable `TEST_FILES` lists (absolute paths, as JSON) in
 * this process, one after the other. Tells the runner which test is in progress.
 *
 * tap starts a process for each file. To run many in one, this file overrides three parts of tap that no
 * interface covers: the domains with which it finds the test of an error, the test for `idle`, and the output of its root.
 *
 * @module
 */

import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type TestBase } from 'tap'
import type { Progress } from '../../scripts/test/test-process.ts'
import { followNoPromises } from './follow-no-promises.ts'
import { printWaits } from './waits.ts'

// A test of the same name in another process has another folder.
t.testdirName += `-${basename(tmpdir())}`

// TAP gives the root a second domain when its output begins.
t.register()
const flush = bufferOutput()
t.hook.emitDestroy()
followNoPromises(t)
tellTests(t, [])
// TAP would end the root in the pause before the tests of the next file.
Object.defineProperty(t, 'idle', { value: false })

// A test hangs. TAP reports the unfinished tests when the process ends.
process.on('message', () => {
  printWaits()
  process.exit(1)
})
// The runner has ended.
process.once('disconnect', () => process.exit(1))
process.channel?.unref()

for (const file of JSON.parse(process.env['TEST_FILES'] ?? '[]') as string[]) {
  const before = t.count
  const failure = await import(pathToFileURL(file).href).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  // The root runs its tests in order, so that this one ends after all tests of the file.
  await t.test(file, async () => {
    if (failure) throw failure.error
    if (t.count === before) throw new Error('This file has no tests')
  })
  flush()
  const { pass, fail, skip, todo } = t.counts
  tell({ counts: { pass, fail, skip: skip + todo } })
}
// The runner kills a process that doesn't end after this. On a busy machine, Node.js can wait for its own threads
// permanently then: https://github.com/nodejs/node/issues/54918
process.once('exit', code => process.stdout.write(`# exit ${code}\n`))
t.end()

function tell(progress: Progress): void {
  process.send?.(progress)
}

/** Tells the runner when a test begins or ends, at any depth. */
function tellTests(test: Pick<TestBase, 'on'>, names: readonly string[]): void {
  const ended = () => tell({ tests: names })
  test.on('subtestStart', child => tell({ tests: [...names, child.name] }))
  test.on('subtestEnd', ended)
  test.on('subtestAdd', child => tellTests(child as TestBase, [...names, child.name]))
}

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
