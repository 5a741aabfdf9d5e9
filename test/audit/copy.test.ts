/**
 * Copies of the journal: files, positions, and what becomes of a file that another program moves.
 */

import fs, {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { dirname, join } from 'node:path'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { Copy, type CopyOptions } from '../../src/audit/copy.ts'
import { FilePositions } from '../../src/audit/positions.ts'
import { beginningOf, type Lines } from '../../src/audit/reader.ts'
import { newWriter } from '../../src/audit/segments.ts'
import { openFilesIn } from './open-files.ts'

const WRITER = newWriter(0)

/** Returns lines of records with these names, after some lines. */
function linesOf(names: readonly string[], after = 1): Lines {
  const bytes = Buffer.from(names.map(name => `{"name":"${name}"}\n`).join(''))
  const start = { ...beginningOf(WRITER), sequence: after, offset: 10 * after }
  const end = { ...start, sequence: after + names.length, offset: start.offset + bytes.length }
  return { bytes, start, end }
}

/** Replaces the function that opens files, up to the end of the test. */
function stubOpen(t: Test, stub: typeof fs.promises.open) {
  const { open } = fs.promises
  const set = (to: typeof open) => {
    fs.promises.open = to
    syncBuiltinESMExports()
  }
  t.teardown(() => set(open))
  set(stub)
}

function startCopy(t: Test, more: Partial<CopyOptions> = {}) {
  const folder = t.testdir()
  if (more.file === '-') stubOpen(t, () => Promise.reject(new Error('not a file')))
  const file = join(folder, 'copies', 'below', 'audit.jsonl')
  const positions = new FilePositions(join(folder, 'positions'))
  const copy = new Copy({
    name: 'copy',
    what: 'the copy',
    key: 'audit.file',
    file,
    positions,
    ...more,
  })
  t.teardown(() => copy.close())
  const textIn = (path = file) => readFileSync(path, 'utf8')
  return { copy, file, positions, textIn }
}

const lineOf = (name: string, sequence: number) =>
  `{"id":"${WRITER}/1/${sequence}","name":"${name}"}\n`

t.test('check() creates the file for its owner alone, and changes none that is there', async t => {
  const { copy, file, textIn } = startCopy(t)
  const openFiles = () => openFilesIn(dirname(file))
  await copy.check()
  t.equal(textIn(), '')
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(statSync(dirname(file)).mode & 0o777, 0o700)
  t.equal(openFiles(), 0, 'and leaves none open')
  writeFileSync(file, 'before\n')
  await copy.check()
  t.equal(textIn(), 'before\n')
  await copy.consume(linesOf(['a']))
  t.equal(textIn(), `before\n${lineOf('a', 2)}`)
  t.equal(openFiles(), 1)
  await copy.close()
  t.equal(openFiles(), 0)
})

t.test('check() names the file and the key if it cannot write', async t => {
  const { copy, file } = startCopy(t)
  mkdirSync(file, { recursive: true })
  await t.rejects(copy.check(), { message: /the copy .*audit[.]jsonl.*audit[.]file/ })
  await t.resolves(startCopy(t, { file: '-' }).copy.check(), 'not for standard output')
})

t.test('consume() copies the lines that it is to copy, and stores the position of all', async t => {
  const { copy, file, positions, textIn } = startCopy(t, {
    copies: line => line.includes('"b'),
  })
  const none = linesOf(['a', 'c'])
  await copy.consume(none)
  t.notOk(existsSync(file))
  t.strictSame(positions.of(WRITER), none.end)
  t.strictSame(await copy.position(WRITER), none.end)
  const some = linesOf(['a', 'b1', 'c', 'b2'], 3)
  await copy.consume(some)
  t.equal(textIn(), lineOf('b1', 5) + lineOf('b2', 7))
  t.strictSame(positions.of(WRITER), some.end)
  await copy.forget(WRITER)
  t.equal(positions.of(WRITER), undefined)
  t.equal(copy.name, 'copy')
})

for (const [what, replace] of [
  ['was moved away', (file: string) => renameSync(file, `${file}.1`)],
  ['was deleted', (file: string) => rmSync(file)],
  [
    'was replaced',
    (file: string) => {
      renameSync(file, `${file}.1`)
      writeFileSync(file, '')
    },
  ],
] as const)
  t.test(`Copy continues in another file if its own ${what}`, async t => {
    const { copy, file, textIn } = startCopy(t)
    await copy.consume(linesOf(['a']))
    replace(file)
    await copy.consume(linesOf(['b', 'c'], 2))
    t.equal(textIn(), lineOf('b', 3) + lineOf('c', 4))
    await copy.consume(linesOf(['d'], 4))
    t.equal(textIn(), lineOf('b', 3) + lineOf('c', 4) + lineOf('d', 5))
    t.equal(openFilesIn(dirname(file)), 1, 'and closes the one before')
    if (what !== 'was deleted') t.equal(textIn(`${file}.1`), lineOf('a', 2))
  })

t.test('Copy begins a line of its own after one that is cut off, once', async t => {
  for (const [before, between] of [
    ['', ''],
    ['whole\n', ''],
    ['cut off', '\n'],
    ['whole\n{', '\n'],
  ] as const) {
    const { copy, file, textIn } = startCopy(t)
    rmSync(dirname(file), { recursive: true, force: true })
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, before)
    await copy.consume(linesOf(['a']))
    await copy.consume(linesOf(['b'], 2))
    t.equal(textIn(), `${before}${between}${lineOf('a', 2)}${lineOf('b', 3)}`)
  }
})

t.test('R37 a closed copy takes nothing, and stores no position', async t => {
  const { copy, positions } = startCopy(t)
  await copy.close()
  await t.rejects(copy.consume(linesOf(['a'])), /closed/)
  t.equal(positions.of(WRITER), undefined)
})

/** Results of writes: a number of bytes, or the code of an error. */
type Writes = readonly (number | string)[]

/** Replaces writes to descriptors. @returns what was written, with its descriptor */
function stubWrites(t: Test, writes: Writes) {
  const { write } = fs
  const left = [...writes]
  const written: [fd: number, text: string][] = []
  const stub = (fd: number, bytes: Buffer, done: (error: Error | null, count: number) => void) => {
    const result = left.shift() ?? bytes.length
    if (typeof result === 'string') {
      done(Object.assign(new Error(result), { code: result }), 0)
      return
    }
    written.push([fd, bytes.toString('utf8', 0, result)])
    done(null, result)
  }
  const restore = () => {
    fs.write = write
    syncBuiltinESMExports()
  }
  t.teardown(restore)
  fs.write = stub as unknown as typeof write
  syncBuiltinESMExports()
  return written
}

t.test('R37 Copy writes the rest of a line that a pipe takes in part', async t => {
  const written = stubWrites(t, [1, 7])
  const { copy, positions } = startCopy(t, { file: '-' })
  const lines = linesOf(['a'])
  await copy.consume(lines)
  const line = lineOf('a', 2)
  t.strictSame(written, [
    [1, line.slice(0, 1)],
    [1, line.slice(1, 8)],
    [1, line.slice(8)],
  ])
  t.strictSame(positions.of(WRITER), lines.end)
})

for (const [what, writes, between] of [
  ['before the first byte', ['EIO'], ''],
  ['after the first byte', [1, 'EIO'], '\n'],
  ['after half a line', [7, 'EIO'], '\n'],
  ['after a line', [lineOf('a', 2).length, 'EIO'], ''],
] as const)
  t.test(`R37 Copy writes whole lines again after a write fails ${what}`, async t => {
    const written = stubWrites(t, writes)
    const { copy, positions } = startCopy(t, { file: '-' })
    await t.rejects(copy.consume(linesOf(['a', 'b'])), { code: 'EIO' })
    t.equal(positions.of(WRITER), undefined)
    await copy.consume(linesOf(['a', 'b']))
    t.strictSame(written.at(-1), [1, `${between}${lineOf('a', 2)}${lineOf('b', 3)}`])
  })

t.test('R37 Copy tries a full pipe again after 20 ms, until it is closed', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const written = stubWrites(t, ['EAGAIN', 'EAGAIN', 9, 'EAGAIN'])
  const { copy } = startCopy(t, { file: '-' })
  const consuming = copy.consume(linesOf(['a']))
  const pass = async (ms: number) => {
    mock.timers.tick(ms)
    await new Promise(setImmediate)
  }
  await pass(0)
  await pass(20)
  await pass(19)
  t.strictSame(written, [])
  await pass(1)
  t.strictSame(written, [[1, lineOf('a', 2).slice(0, 9)]])
  await copy.close()
  const rejected = t.rejects(consuming, /closed/)
  await pass(20)
  await rejected
  t.equal(written.length, 1)
})

t.test('Copy opens standard output as a stream only if it writes there', async t => {
  const positions = new FilePositions(join(t.testdir(), 'positions'))
  const stdout = Object.getOwnPropertyDescriptor(process, 'stdout') ?? {}
  t.teardown(() => Object.defineProperty(process, 'stdout', stdout))
  for (const [file, isOpened] of [
    ['-', true],
    ['audit.jsonl', false],
  ] as const) {
    let count = 0
    const get = () => {
      count += 1
      return stdout.get?.call(process)
    }
    Object.defineProperty(process, 'stdout', { configurable: true, get })
    new Copy({ name: 'copy', what: 'the copy', key: 'audit.file', file, positions })
    Object.defineProperty(process, 'stdout', stdout)
    t.equal(count > 0, isOpened, file)
  }
})

t.test('Copy opens its file once, as long as it is there', async t => {
  const { copy } = startCopy(t)
  const { open } = fs.promises
  let count = 0
  stubOpen(t, (...parameters) => {
    count += 1
    return open(...parameters)
  })
  for (const [n, name] of ['a', 'b', 'c'].entries()) await copy.consume(linesOf([name], n + 1))
  t.equal(count, 1)
})
