/**
 * Runs test files and repeats at the end what failed.
 *
 *     node scripts/test.ts 'test/**\/*.test.ts' … [--together] [--jobs N]
 *
 * Files of an earlier pattern start earlier. Each file runs in its own process; with `--together`, the files
 * of a folder of `test/` share one (those of a large folder several), as do small folders of one pattern, their
 * databases are in memory if there is room, and the command line is a bundle. Standard output gets a line for each process, and the last line counts all assertions:
 * `N passed, N failed, N skipped`. Ends with 1 if an assertion or a process failed. The whole output
 * of each process stays in `.tap/output/`.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  accessSync,
  chmodSync,
  constants,
  createWriteStream,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { bundleMain } from './bundle.ts'

type Counts = Readonly<{ pass: number; fail: number; skip: number }>
/** Test files that share a process. */
type Batch = Readonly<{ name: string; files: readonly string[] }>
type Result = Counts & Readonly<{ name: string; log: string; seconds: number }>

/** Maximum number of files that folders share a process for: its start takes as much CPU as several files. */
const SHARED_FILES = 100
/** Maximum number of files of one folder in a process, so that no process runs long after all others. */
const FOLDER_FILES = 45
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
/** Room that the files of all tests in progress need. */
const TEMPORARY_BYTES = 2 ** 31
/** Linux's file system in memory: nothing waits there until a disk has the data. */
const MEMORY = '/dev/shm'
/** A process that prints nothing for this long hangs. A busy machine needs a multiple of the usual time. */
const HANGS_AFTER_MS = 20 * 60 * 1000
/** A process that has run all of its code and doesn't end by then never does: see test/kit/run-files.ts. */
const EXITS_WITHIN_MS = 60 * 1000
const EXIT = /^# exit (\d+)$/m

const root = join(import.meta.dirname, '..')
const output = join(root, '.tap/output')
const cache = join(root, '.tap/compile-cache')

const { values, positionals } = parseArgs({
  options: {
    jobs: { type: 'string', default: String(2 * availableParallelism()) },
    together: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

const matches = positionals.map(pattern => globSync(pattern, { cwd: root }).sort())
const files = new Set(matches.flat())
if (files.size === 0) throw new Error(`No test file matches ${positionals.join(' ')}`)

rmSync(output, { recursive: true, force: true })
mkdirSync(output, { recursive: true })

const temporary = mkdtempSync(join(isUsable(MEMORY) ? MEMORY : tmpdir(), 'ews-test-'))
// Lets a server that runs as another user reach its folder.
chmodSync(temporary, 0o711)
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const main = await bundleMain()
const results: Result[] = []
let logs = 0
const queue = (values.together ? matches.flatMap(together) : [...files].map(alone)).values()
await Promise.all(Array.from({ length: Number(values.jobs) }, work))

const failed = results.filter(({ fail }) => fail > 0)
for (const { name, log } of failed) print(`\n# ${name}\n${failuresIn(log)}`)
const { pass, fail, skip } = results.reduce<Counts>(sum, { pass: 0, fail: 0, skip: 0 })
print(`\n${pass} passed, ${fail} failed${skip > 0 ? `, ${skip} skipped` : ''}`)
process.exitCode = failed.length > 0 ? 1 : 0

function alone(file: string): Batch {
  return { name: file, files: [file] }
}

/** Returns the folders of `test/` that a pattern matches first; successive ones share a process if they are small. */
function together(matched: readonly string[]): Batch[] {
  const folderOf = (file: string) => dirname(file).split('/').slice(0, 2).join('/')
  const batches: Batch[] = []
  const unseen = matched.filter(file => files.delete(file))
  for (const [name, own] of Map.groupBy(unseen, folderOf)) {
    const last = batches.at(-1)
    if (own.length > FOLDER_FILES) batches.push(...divided(name, own))
    else if (last === undefined || last.files.length + own.length > SHARED_FILES)
      batches.push({ name, files: own })
    else batches.splice(-1, 1, { name: `${last.name} ${name}`, files: [...last.files, ...own] })
  }
  return batches
}

/** Divides a large folder. Files of similar names, which test the same, go to different processes. */
function divided(name: string, own: readonly string[]): Batch[] {
  const parts = Math.ceil(own.length / FOLDER_FILES)
  return Array.from({ length: parts }, (_, part) => ({
    name: `${name}_${part + 1}`,
    files: own.filter((_, at) => at % parts === part),
  }))
}

async function work() {
  for (const batch of queue) {
    const result = await run(batch)
    results.push(result)
    const state = result.fail > 0 ? 'not ok' : 'ok'
    print(`${state} ${results.length} - ${batch.name} # ${result.seconds.toFixed(1)} s`)
  }
}

async function run({ name, files }: Batch): Promise<Result> {
  logs += 1
  // Two patterns can have files of the same folder.
  const fileName = `${logs}-${name.replaceAll(/[/ ]/g, '_')}`
  const log = join(output, `${fileName}.tap`)
  // Short, because a path of a socket has at most 107 bytes.
  const folder = mkdtempSync(join(temporary, 't-'))
  chmodSync(folder, 0o711)
  const stream = createWriteStream(log)
  const began = performance.now()
  const child = spawn(process.execPath, [...GARBAGE, 'test/kit/run-files.ts'], {
    cwd: root,
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: cache,
      TAP_TIMEOUT: '0',
      TEST_FILES: JSON.stringify(files.map(file => join(root, file))),
      TMPDIR: folder,
      TEST_MAIN: main,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const hangs = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER_MS)
  for (const printed of [child.stdout, child.stderr]) {
    printed.pipe(stream, { end: false })
    printed.on('data', () => hangs.refresh())
  }
  const code = await exitCodeOf(child)
  clearTimeout(hangs)
  stream.end(code === 0 ? '' : `\nThe process ended with ${code ?? 'a signal'}\n`)
  await finished(stream)
  rmSync(folder, { recursive: true, force: true })
  return { ...countsOf(log, code === 0), name, log, seconds: (performance.now() - began) / 1000 }
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

/** Counts from the last line of totals; a process that fails without a failed assertion counts as one. */
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

/** Whether a file system can be written and has room for the tests' files. Without `--together`, it also runs programs. */
function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(folder)
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
    const isNoexec = mounts.some(line => line.includes(` ${folder} `) && line.includes('noexec'))
    return bavail * bsize >= TEMPORARY_BYTES && (values.together || !isNoexec)
  } catch {
    return false
  }
}

/** Failed assertions with their details, and the error that ended the process; else the end of the output. */
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
  if (shown.length === 0) return lines.slice(-60).join('\n')
  const ending = lines.slice(lines.findLastIndex(line => line.startsWith('# time=')) + 1)
  return [...shown.slice(0, 300), ...ending.slice(0, 60)].join('\n')
}

function sum(a: Counts, b: Counts): Counts {
  return { pass: a.pass + b.pass, fail: a.fail + b.fail, skip: a.skip + b.skip }
}

function print(text: string) {
  process.stdout.write(`${text}\n`)
}
