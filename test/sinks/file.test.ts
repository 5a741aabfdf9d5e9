/**
 * Files and standard output as sinks: what is written, and what becomes of a file that another program moves, of a line that
 * is cut off, and of a pipe that is full.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { beginningOf } from '../../src/audit/reader.ts'
import { FileSender } from '../../src/sinks/file.ts'
import { gatewayFormat } from '../../src/sinks/gateway-format.ts'
import type { Batch, Format } from '../../src/sinks/sink.ts'
import { openFilesIn } from '../audit/open-files.ts'
import { startJournal, WRITER } from './journal.ts'

/** Never aborted. */
const { signal } = new AbortController()

/** Returns a batch of records with these names. The first is in the given line of the segment. */
const batchOf = (names: readonly string[], first = 2): Batch => ({
  start: beginningOf(WRITER),
  records: names.map((name, n) => ({
    id: `${WRITER}/1/${first + n}`,
    sequence: first + n,
    members: { type: 'change', name },
  })),
})

const lineOf = (name: string, sequence: number) =>
  `{"id":"${WRITER}/1/${sequence}","type":"change","name":"${name}"}\n`

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

type Given = Readonly<{ path?: string; format?: Format }>

function startSender(t: Test, { path, format = gatewayFormat }: Given = {}) {
  const folder = t.testdir()
  if (path === '-') stubOpen(t, () => Promise.reject(new Error('not a file')))
  const file = join(folder, 'audit.jsonl')
  const sender = new FileSender({
    file: { what: 'the file of the sink siem', path: path ?? file, key: 'sinks[0].path' },
    format,
  })
  t.teardown(() => sender.close())
  const textIn = (path = file) => readFileSync(path, 'utf8')
  const send = (...names: readonly string[]) => sender.send(batchOf(names), signal)
  return { sender, send, folder, file, textIn }
}

t.test('check() creates the file for its owner alone, and changes none that is there', async t => {
  const { sender, send, file, textIn } = startSender(t)
  const openFiles = () => openFilesIn(dirname(file))
  await sender.check()
  t.equal(textIn(), '')
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(openFiles(), 0, 'and leaves none open')
  writeFileSync(file, 'before\n')
  await sender.check()
  t.equal(textIn(), 'before\n')
  await send('a')
  t.equal(textIn(), `before\n${lineOf('a', 2)}`)
  t.equal(openFiles(), 1)
  await sender.close()
  t.equal(openFiles(), 0)
})

t.test('check() names the file and the key if it cannot write', async t => {
  const { sender, file } = startSender(t)
  mkdirSync(file)
  await t.rejects(sender.check(), { message: /the sink siem .*audit[.]jsonl.*sinks\[0\][.]path/ })
  await t.resolves(startSender(t, { path: '-' }).sender.check(), 'not for standard output')
})

t.test('FileSender writes what the format makes of a record, on one line', async t => {
  const format: Format = ({ id, alert }) => ({ id, alert, text: 'a\u0085b\n' })
  const { sender, textIn } = startSender(t, { format })
  const [record] = batchOf(['a']).records
  if (!record) throw new Error('no record')
  const records = [{ ...record, alert: 'tamper' }]
  await sender.send({ ...batchOf([]), records }, signal)
  t.equal(textIn(), `{"id":"${WRITER}/1/2","alert":"tamper","text":"a\\u0085b\\n"}\n`)
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
  t.test(`FileSender continues in another file if its own ${what}`, async t => {
    const { send, file, textIn } = startSender(t)
    await send('a')
    replace(file)
    await send('b', 'c')
    t.equal(textIn(), lineOf('b', 2) + lineOf('c', 3))
    await send('d')
    t.equal(textIn(), lineOf('b', 2) + lineOf('c', 3) + lineOf('d', 2))
    t.equal(openFilesIn(dirname(file)), 1, 'and closes the one before')
    if (what !== 'was deleted') t.equal(textIn(`${file}.1`), lineOf('a', 2))
  })

t.test('FileSender begins a line of its own after one that is cut off, once', async t => {
  for (const [before, between] of [
    ['', ''],
    ['whole\n', ''],
    ['cut off', '\n'],
    ['whole\n{', '\n'],
  ] as const) {
    const { send, file, textIn } = startSender(t)
    writeFileSync(file, before)
    await send('a')
    await send('b')
    t.equal(textIn(), `${before}${between}${lineOf('a', 2)}${lineOf('b', 2)}`)
  }
})

t.test('R37 FileSender writes nothing after its sink was closed', async t => {
  const { sender, folder } = startSender(t)
  await t.rejects(sender.send(batchOf(['a']), AbortSignal.abort()), { name: 'AbortError' })
  t.strictSame(readdirSync(folder), [])
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

t.test('R37 FileSender writes the rest of a line that a pipe takes in part', async t => {
  const written = stubWrites(t, [1, 7])
  const { send } = startSender(t, { path: '-' })
  await send('a')
  const line = lineOf('a', 2)
  t.strictSame(written, [
    [1, line.slice(0, 1)],
    [1, line.slice(1, 8)],
    [1, line.slice(8)],
  ])
})

for (const [what, writes, between] of [
  ['before the first byte', ['EIO'], ''],
  ['after the first byte', [1, 'EIO'], '\n'],
  ['after half a line', [7, 'EIO'], '\n'],
  ['after a line', [lineOf('a', 2).length, 'EIO'], ''],
] as const)
  t.test(`R37 FileSender writes whole lines again after a write fails ${what}`, async t => {
    const written = stubWrites(t, writes)
    const { send } = startSender(t, { path: '-' })
    await t.rejects(send('a', 'b'), { code: 'EIO' })
    await send('a', 'b')
    t.strictSame(written.at(-1), [1, `${between}${lineOf('a', 2)}${lineOf('b', 3)}`])
  })

t.test('R37 FileSender tries a full pipe again after 20 ms, until its sink is closed', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const written = stubWrites(t, ['EAGAIN', 'EAGAIN', 9, 'EAGAIN'])
  const { sender } = startSender(t, { path: '-' })
  const closing = new AbortController()
  const sending = sender.send(batchOf(['a']), closing.signal)
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
  closing.abort()
  const rejected = t.rejects(sending, { name: 'AbortError' })
  await pass(20)
  await rejected
  t.equal(written.length, 1)
})

t.test('FileSender opens standard output as a stream only if it writes there', async t => {
  const stdout = Object.getOwnPropertyDescriptor(process, 'stdout') ?? {}
  t.teardown(() => Object.defineProperty(process, 'stdout', stdout))
  for (const [path, isOpened] of [
    ['-', true],
    ['audit.jsonl', false],
  ] as const) {
    let count = 0
    const get = () => {
      count += 1
      return stdout.get?.call(process)
    }
    Object.defineProperty(process, 'stdout', { configurable: true, get })
    new FileSender({
      file: { what: 'the file', path, key: 'sinks[0].path' },
      format: gatewayFormat,
    })
    Object.defineProperty(process, 'stdout', stdout)
    t.equal(count > 0, isOpened, path)
  }
})

t.test('FileSender opens its file once, as long as it is there', async t => {
  const { send } = startSender(t)
  const { open } = fs.promises
  let count = 0
  stubOpen(t, (...parameters) => {
    count += 1
    return open(...parameters)
  })
  for (const name of ['a', 'b', 'c']) await send(name)
  t.equal(count, 1)
})

t.test('R37 a file has each record once and in order, over restarts', async t => {
  const { folder, append, follow, logged } = startJournal(t)
  const path = join(folder, 'audit.jsonl')
  const start = () => {
    const file = { what: 'the file', path, key: 'sinks[0].path' }
    return follow(new FileSender({ file, format: gatewayFormat }), { deadlineMs: undefined })
  }
  append(change('a'), change('b'))
  await start().close()
  append(change('c'))
  const follower = start()
  await follower.drain()
  append(change('d'))
  await follower.close()
  const names = ['a', 'b', 'c', 'd']
  t.equal(readFileSync(path, 'utf8'), names.map((name, n) => lineOf(name, n + 2)).join(''))
  t.strictSame(logged, [])
})

const change = (name: string) => ({ type: 'change', name })

/** Starts a process that sends a journal to its standard output, and ends. */
function sendToStdout(folder: string): ChildProcess {
  const sources = new URL('../../src/', import.meta.url)
  const program = `
    import { Follower } from '${sources}audit/follower.ts'
    import { FileSender } from '${sources}sinks/file.ts'
    import { gatewayFormat } from '${sources}sinks/gateway-format.ts'
    import { SinkPositions } from '${sources}sinks/positions.ts'
    import { Sink } from '${sources}sinks/sink.ts'
    const consumer = new Sink({
      name: 'siem',
      selection: { types: ['change'] },
      positions: new SinkPositions('${folder}/positions/siem', '${WRITER}'),
      sender: new FileSender({ file: { what: 'the file', path: '-', key: '' }, format: gatewayFormat }),
      gatherMs: 0,
      now: Date.now,
      random: Math.random,
    })
    const failed = (name, error) => process.stderr.write(name + error.message)
    const options = { folder: '${folder}', writer: '${WRITER}', consumer, failed, recovered: failed, now: Date.now }
    await new Follower(options).close()`
  const args = ['--input-type=module', '--eval', program]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}

t.test('R37 a sink writes whole lines into a pipe', async t => {
  const { folder, append } = startJournal(t)
  const names = Array.from({ length: 10_000 }, (_, n) => `record ${n}`)
  append(...names.map(change))
  const child = sendToStdout(folder)
  const [out, errors] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ])
  t.equal(out, names.map((name, n) => lineOf(name, n + 2)).join(''))
  t.equal(errors, '')
})

t.test('R37 a pipe that nothing reads holds up neither the process nor its end', async t => {
  const { folder, append } = startJournal(t)
  append(...Array.from({ length: 10_000 }, (_, n) => change(`record ${n}`)))
  const child = sendToStdout(folder)
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
  const position = JSON.parse(readFileSync(join(folder, 'positions/siem', WRITER), 'utf8'))
  t.strictSame(position, beginningOf(WRITER), 'they come again')
  child.stdout?.destroy()
})
