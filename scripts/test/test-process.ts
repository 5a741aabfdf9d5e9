/**
 * A process that runs test files one after the other, and ends when they have run, it fails, or a test hangs.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { slowdown } from './machine.ts'

export type Counts = Readonly<{ pass: number; fail: number; skip: number }>

/** Message of a test process, which `test/kit/run-files.ts` sends. */
export type Progress =
  /** A test begins or ends: the names of the tests in progress, the innermost last. */
  | Readonly<{ tests: readonly string[] }>
  /** All tests of a file have ended: the counts of all files so far. */
  | Readonly<{ counts: Counts }>

export type Run = Readonly<{
  counts: Counts
  /** Number of files whose tests have all ended. */
  files: number
}>

export type ProcessOptions = Readonly<{
  root: string
  /** Paths of the test files in the checkout. */
  files: readonly string[]
  /** File for the output. */
  log: string
  env: Readonly<Record<string, string>>
  /** Time after which a test in progress hangs, in seconds of an idle machine. */
  limit: number
  /** Returns how much of the limit a tick takes. By default less on a busy machine. */
  tick?: () => number
}>

/**
 * Flags of V8 for a process of many short tests. Several processes share the processors, so that the threads
 * of a parallel collection wait for each other. A large new space leaves fewer objects to copy, and a large old space
 * is rarely marked: TAP keeps every test, so that little of it is garbage.
 */
const GARBAGE = [
  '--single-threaded-gc',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  '--initial-old-space-size=512',
]
/** Interval at which the time of the test in progress is counted. */
const TICK_MS = 1_000
/** A process with a test that hangs prints what it waits for and ends within this time, if it can. */
const LAST_WORDS_MS = 2_000
/** A process that has run all of its code and doesn't end by then never does: see test/kit/run-files.ts. */
const EXITS_WITHIN_MS = 60_000
const EXIT = /^# exit (\d+)$/m

const tickOfThisMachine = () => TICK_MS / 1_000 / slowdown()

/** Runs test files in a new process. The process counts as a failure if it ends before its last test does. */
export async function runProcess(options: ProcessOptions): Promise<Run> {
  const { root, files, log, env, limit, tick = tickOfThisMachine } = options
  const stream = createWriteStream(log)
  const child = spawn(process.execPath, [...GARBAGE, 'test/kit/run-files.ts'], {
    cwd: root,
    env: {
      ...process.env,
      ...env,
      TAP_TIMEOUT: '0',
      TEST_FILES: JSON.stringify(files.map(file => join(root, file))),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  for (const printed of [child.stdout, child.stderr]) printed?.pipe(stream, { end: false })
  let finishedFiles = 0
  let counts: Counts = { pass: 0, fail: 0, skip: 0 }
  const hangs = new HangWatch(child, limit, tick)
  child.on('message', (progress: Progress) => {
    if ('tests' in progress) hangs.progress(progress.tests)
    if (!('counts' in progress)) return
    finishedFiles += 1
    counts = progress.counts
  })
  const code = await exitCodeOf(child)
  hangs.end()
  await finished(stream.end())
  const total = totalsIn(readFileSync(log, 'utf8')) ?? counts
  const isComplete = finishedFiles === files.length && (code === 0 || total.fail > 0)
  const place = files[finishedFiles] ?? 'after all tests'
  const why = hangs.hung ?? `the process ended with ${code ?? 'a signal'}`
  if (!isComplete) appendFileSync(log, `\nnot ok - ${place}: ${why}\n`)
  const fail = isComplete ? total.fail : Math.max(total.fail, 1)
  return { counts: { ...total, fail }, files: finishedFiles }
}

/** Ends a process in which no test begins or ends for too long. */
class HangWatch {
  readonly #child: ChildProcess
  readonly #timer: NodeJS.Timeout
  #tests: readonly string[] = []
  #spent = 0
  /** Description of the test that hangs. */
  hung: string | undefined

  constructor(child: ChildProcess, limit: number, tick: () => number) {
    this.#child = child
    this.#timer = setInterval(() => {
      this.#spent += tick()
      if (this.#spent > limit) void this.#kill(limit)
    }, TICK_MS)
  }

  progress(tests: readonly string[]): void {
    this.#tests = tests
    this.#spent = 0
  }

  end(): void {
    clearInterval(this.#timer)
  }

  async #kill(limit: number): Promise<void> {
    this.end()
    const test = this.#tests.join(' > ') || 'before the first test'
    this.hung = `hangs for ${limit} s: ${test}`
    process.stdout.write(`# ${this.hung}\n`)
    this.#child.send('explain', () => undefined)
    await sleep(LAST_WORDS_MS)
    this.#child.kill('SIGKILL')
  }
}

/** Returns the exit code, also of a process that has run all of its code and doesn't end. Null: a signal ended it. */
async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  let said: number | null = null
  let exits: NodeJS.Timeout | undefined
  child.stdout?.on('data', (chunk: Buffer) => {
    const [, code] = EXIT.exec(chunk.toString()) ?? []
    if (code === undefined) return
    said = Number(code)
    exits = setTimeout(() => child.kill('SIGKILL'), EXITS_WITHIN_MS)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(exits)
  return code ?? said
}

/** Returns the counts that tap prints at the end. Undefined if the process ended before. */
function totalsIn(output: string): Counts | undefined {
  const totals = output.match(/^# \{ total: .*\}$/gm)?.at(-1)
  if (totals === undefined) return undefined
  const count = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(totals)?.[1] ?? 0)
  return { pass: count('pass'), fail: count('fail'), skip: count('skip') + count('todo') }
}
