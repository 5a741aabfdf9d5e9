/**
 * Runs test files and repeats at the end what failed and what was skipped.
 *
 *     node scripts/test.ts 'test/**\/*.test.ts' … [--together] [--jobs N] [--limit SECONDS] [--changed]
 *
 * Files of an earlier pattern start earlier. Each file runs in its own process. With `--together`, the files
 * of a folder of `test/` share one (those of a large folder several), as do small folders of one pattern, their
 * databases are in memory if there is room, and the command line is a bundle. With `--changed`, only files run that
 * are near what differs from the last commit, or near what it changed.
 *
 * Standard output gets a line for each process, and the last line counts all assertions: `N passed, N failed, N skipped`.
 * If a process ends early, the next files run in another one. A test may take `--limit` seconds on an idle machine.
 * Ends with 1 if an assertion or a process failed. The whole output of each process stays in `.tap/output/`.
 *
 * @module
 */

import { chmodSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleMain } from './bundle.ts'
import { alone, byFolder } from './test/batches.ts'
import { filesNearChanges } from './test/changes.ts'
import { defaultJobs, folderInMemory } from './test/machine.ts'
import { NO_COUNTS, type Result, runBatch, sum } from './test/run-batch.ts'
import { failuresIn, skipsIn } from './test/tap-output.ts'

const root = join(import.meta.dirname, '..')
const output = join(root, '.tap/output')
const cache = join(root, '.tap/compile-cache')

const { values, positionals } = parseArgs({
  options: {
    jobs: { type: 'string', default: String(defaultJobs()) },
    together: { type: 'boolean', default: false },
    limit: { type: 'string', default: '1200' },
    changed: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const jobs = Number(values.jobs)

const unseen = new Set(positionals.flatMap(pattern => globSync(pattern, { cwd: root })))
if (unseen.size === 0) throw new Error(`No test file matches ${positionals.join(' ')}`)
const wanted = values.changed ? filesNearChanges(root, unseen) : new Set(unseen)
const groups = positionals.map(pattern =>
  globSync(pattern, { cwd: root })
    .sort()
    .filter(file => unseen.delete(file) && wanted.has(file)),
)

rmSync(output, { recursive: true, force: true })
mkdirSync(output, { recursive: true })

const memory = folderInMemory(jobs, !values.together)
const temporary = mkdtempSync(join(memory ?? tmpdir(), 'ews-test-'))
// Lets a server that runs as another user reach its folder.
chmodSync(temporary, 0o711)
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const main = await bundleMain()
const env = { NODE_COMPILE_CACHE: cache, TEST_MAIN: main }
const place = { root, output, temporary, env, limit: Number(values.limit) }
const results: Result[] = []
const queue = groups.flatMap(values.together ? byFolder : alone).values()
await Promise.all(Array.from({ length: jobs }, work))

const failed = results.filter(({ fail }) => fail > 0)
for (const { name, outputs } of failed) print(`\n# ${name}\n${outputs.map(failuresIn).join('')}`)
const { pass, fail, skip } = results.reduce(sum, NO_COUNTS)
printSkips(results.flatMap(({ outputs }) => outputs.flatMap(skipsIn)))
print(`\n${pass} passed, ${fail} failed${skip > 0 ? `, ${skip} skipped` : ''}`)
process.exitCode = failed.length > 0 ? 1 : 0

async function work() {
  for (const batch of queue) {
    const result = await runBatch(batch, place)
    results.push(result)
    const state = result.fail > 0 ? 'not ok' : 'ok'
    print(`${state} ${results.length} - ${batch.name} # ${result.seconds.toFixed(1)} s`)
  }
}

function printSkips(reasons: readonly string[]) {
  if (reasons.length === 0) return
  print('\n# Skipped')
  const byReason = Map.groupBy(reasons, reason => reason)
  for (const [reason, { length }] of [...byReason].sort(
    ([, one], [, other]) => other.length - one.length,
  ))
    print(`${length} - ${reason}`)
}

function print(text: string) {
  process.stdout.write(`${text}\n`)
}
