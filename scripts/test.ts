/**
 * Runs test files, each in a process of its own, and repeats at the end what failed.
 *
 *     node scripts/test.ts 'test/**\/*.test.ts' [--jobs N]
 *
 * Standard output gets a line for each file, and the last line counts the assertions of all files:
 * `N passed, N failed, N skipped`. Ends with 1 if an assertion or a file failed. The whole output of
 * each file stays in `.tap/output/`.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { createWriteStream, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'

type Counts = Readonly<{ pass: number; fail: number; skip: number }>
type Result = Counts & Readonly<{ file: string; log: string; seconds: number }>

/** Finds hanging files only: a busy machine needs a multiple of the usual time. */
const HANGS_AFTER_SECONDS = 20 * 60

const root = join(import.meta.dirname, '..')
const output = join(root, '.tap/output')
const cache = join(root, '.tap/compile-cache')

const { values, positionals } = parseArgs({
  options: { jobs: { type: 'string', default: String(availableParallelism() + 1) } },
  allowPositionals: true,
})

const files = positionals.flatMap(pattern => globSync(pattern, { cwd: root })).sort()
if (files.length === 0) throw new Error(`No test file matches ${positionals.join(' ')}`)

rmSync(output, { recursive: true, force: true })
mkdirSync(output, { recursive: true })

const results: Result[] = []
const queue = files.values()
await Promise.all(Array.from({ length: Number(values.jobs) }, work))

const failed = results.filter(({ fail }) => fail > 0)
for (const { file, log } of failed) print(`\n# ${file}\n${failuresIn(log)}`)
const { pass, fail, skip } = results.reduce<Counts>(sum, { pass: 0, fail: 0, skip: 0 })
print(`\n${pass} passed, ${fail} failed${skip > 0 ? `, ${skip} skipped` : ''}`)
process.exitCode = failed.length > 0 ? 1 : 0

async function work() {
  for (const file of queue) {
    const result = await run(file)
    results.push(result)
    const state = result.fail > 0 ? 'not ok' : 'ok'
    print(`${state} ${results.length} - ${file} # ${result.seconds.toFixed(1)} s`)
  }
}

async function run(file: string): Promise<Result> {
  const log = join(output, `${file.replaceAll('/', '_')}.tap`)
  const stream = createWriteStream(log)
  const began = performance.now()
  const child = spawn(process.execPath, [file], {
    cwd: root,
    env: { ...process.env, NODE_COMPILE_CACHE: cache, TAP_TIMEOUT: String(HANGS_AFTER_SECONDS) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.pipe(stream, { end: false })
  child.stderr.pipe(stream, { end: false })
  const hangs = setTimeout(() => child.kill('SIGKILL'), (HANGS_AFTER_SECONDS + 10) * 1000)
  const code = await new Promise(ended => child.once('close', ended))
  clearTimeout(hangs)
  stream.end(code === 0 ? '' : `\nThe process ended with ${code ?? 'a signal'}\n`)
  await finished(stream)
  return { ...countsOf(log, code === 0), file, log, seconds: (performance.now() - began) / 1000 }
}

/** Counts from the last line of totals; a file that fails without a failed assertion counts as one. */
function countsOf(log: string, succeeded: boolean): Counts {
  const totals =
    readFileSync(log, 'utf8')
      .match(/^# \{ total: .*\}$/gm)
      ?.at(-1) ?? ''
  const count = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(totals)?.[1] ?? 0)
  const complete = succeeded && totals !== ''
  return {
    pass: count('pass'),
    fail: Math.max(count('fail'), complete ? 0 : 1),
    skip: count('skip') + count('todo'),
  }
}

/** Failed assertions with their details; the end of the output if there are none. */
function failuresIn(log: string): string {
  const lines = readFileSync(log, 'utf8').split('\n')
  const shown: string[] = []
  let details = -1
  for (const line of lines) {
    const indent = line.search(/\S/)
    if (/^ *not ok (?!.*# (SKIP|TODO))/i.test(line)) {
      details = indent
      shown.push(line)
    } else if (details >= 0 && (indent > details || indent === -1)) shown.push(line)
    else details = -1
  }
  return (shown.length > 0 ? shown.slice(0, 300) : lines.slice(-60)).join('\n')
}

function sum(a: Counts, b: Counts): Counts {
  return { pass: a.pass + b.pass, fail: a.fail + b.fail, skip: a.skip + b.skip }
}

function print(text: string) {
  process.stdout.write(`${text}\n`)
}
