import { type ChildProcess, execFile } from 'node:child_process'
import { randomUUIDv7 } from 'node:crypto'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { AuditRecord } from '../../src/audit/audit.ts'
import { segmentFile } from '../../src/audit/segments.ts'
import { firstIdAt } from '../../src/model/decision-id.ts'
import { Failure } from '../../src/model/failure.ts'
import { diskBelow } from '../kit/full-disk.ts'
import { recordsOf } from '../kit/journal.ts'
import { problemsOf } from './chain.ts'
import {
  DAY_MS,
  filesIn,
  folderOf,
  headerOf,
  headersIn,
  idsIn,
  newestIn,
  openJournal,
  outcome,
  record,
  T,
} from './journals.ts'
import { openFilesIn } from './open-files.ts'

t.test('R37 recorded() finds no change that is not committed', async t => {
  const folder = folderOf(t)
  const { journal, write } = openJournal(t, folder)
  const [done, undone] = [randomUUIDv7(), randomUUIDv7()]
  const lineOf = (decisionId: string) => `${JSON.stringify({ type: 'change', decisionId })}\n`
  const ended = segmentFile(folder, { writer: '19700101T000000Z-aaaaaaaa', segment: 1 })
  const others = Array.from({ length: 100 }, () => lineOf(randomUUIDv7())).join('')
  const decision = lineOf(undone).replace('change', 'decision')
  writeFileSync(ended, `{"type":"segment"}\n${others}${decision}no JSON\n${lineOf(done)}`)
  await write('first')
  appendFileSync(newestIn(folder), lineOf(undone))
  t.strictSame([...(await journal.recorded([done, undone]))], [done])
  t.equal(openFilesIn(folder), 1, 'that of the journal')
})

t.test('R37 recorded() allows for a clock that is a minute late, and reads no more', async t => {
  const folder = folderOf(t)
  const { journal } = openJournal(t, folder)
  const file = segmentFile(folder, { writer: '19700101T000000Z-aaaaaaaa', segment: 1 })
  const second = Math.floor(T / 1_000)
  const decisionId = firstIdAt(second * 1_000)
  writeFileSync(file, `{"type":"segment"}\n${JSON.stringify({ type: 'change', decisionId })}\n`)
  for (const [at, isFound] of [
    [second - 60, true],
    [second - 60.000_5, false],
  ] as const) {
    utimesSync(file, at, at)
    t.equal((await journal.recorded([decisionId])).has(decisionId), isFound)
  }
})

t.test('Journal makes a folder and segments that only their owner reads', async t => {
  const folder = folderOf(t)
  const { journal } = openJournal(t, folder)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(newestIn(folder)).mode & 0o777, 0o600)
  t.match(headersIn(folder), [
    {
      type: 'segment',
      at: new Date(T).toISOString(),
      writer: journal.writer,
      segment: 1,
      pid: process.pid,
    },
  ])
})

t.test('R37 records of a turn are one write, before the requests that wait for them', async t => {
  const folder = folderOf(t)
  const { journal } = openJournal(t, folder)
  for (const id of ['a', 'b', 'ż\nPOST']) journal.record(record(id))
  t.strictSame(idsIn(folder), [])
  await Promise.all([journal.written(), journal.written()])
  t.strictSame(idsIn(folder), ['a', 'b', 'ż\nPOST'])
  journal.record(record('c'))
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(idsIn(folder), ['a', 'b', 'ż\nPOST', 'c'], 'also without anything that waits')
  await journal.written()
  const lines = readFileSync(newestIn(folder), 'utf8').split('\n').slice(1, -1)
  t.strictSame(
    lines.map(line => 'previous' in JSON.parse(line)),
    [true, true, false, false, true],
    'a batch begins with the hash of the one before',
  )
  t.strictSame(problemsOf(folder), [])
})

t.test('problemsOf() notices a changed record, a removed one, and a torn line', async t => {
  for (const [what, change] of [
    ['changed', (text: string) => text.replace('192.0.2.1', '192.0.2.2')],
    ['removed', (text: string) => text.replace(/.*"b".*\n/, '')],
    ['torn', (text: string) => text.slice(0, -1)],
  ] as const) {
    const folder = folderOf(t)
    rmSync(folder, { recursive: true, force: true })
    const { write } = openJournal(t, folder)
    for (const id of ['a', 'b', 'c']) await write(id)
    t.strictSame(problemsOf(folder), [])
    const file = newestIn(folder)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
    t.equal(problemsOf(folder).length, 1, what)
  }
})

t.test('R37 record() writes records of any size and number', async t => {
  const folder = folderOf(t)
  const { journal } = openJournal(t, folder)
  // Each character has three bytes in UTF-8.
  const items = Array.from({ length: 100 }, () => '界'.repeat(256))
  const large = { ...record('large'), items, folders: items } as AuditRecord
  journal.record(large)
  const ids = Array.from({ length: 10_000 }, (_, n) => `d-${n}`)
  for (const id of ids) journal.record(record(id))
  t.ok(idsIn(folder).length > 0, 'so many do not wait for the end of the turn')
  journal.record(large)
  await journal.written()
  t.strictSame(idsIn(folder), ['large', ...ids, 'large'])
  t.strictSame(recordsOf(folder).at(-1)?.['items'], items)
  t.strictSame(problemsOf(folder), [])
})

t.test('R37 several writers of a folder have segments of their own', async t => {
  const folder = folderOf(t)
  const writers = [0, 1].map(() => openJournal(t, folder))
  await Promise.all(writers.map(({ write }, n) => write(`d-${n}`)))
  t.equal(filesIn(folder).length, 2)
  t.strictSame(idsIn(folder).sort(), ['d-0', 'd-1'])
  t.strictSame(problemsOf(folder), [])
})

t.test('R37 a segment ends with its size, its day in UTC, or on request', async t => {
  const folder = folderOf(t)
  let now = T
  const { journal, write, events } = openJournal(t, folder, { now: () => now })
  await write('a')
  now = T + DAY_MS
  await write('b')
  journal.record(record('c'))
  journal.rotate()
  await write('d')
  t.strictSame(
    filesIn(folder).map(file => readFileSync(file, 'utf8').split('\n').length - 2),
    [2, 3, 2],
  )
  t.match(headersIn(folder), [
    { segment: 1, at: new Date(T).toISOString() },
    { segment: 2, at: new Date(now).toISOString() },
    { segment: 3 },
  ])
  t.strictSame(problemsOf(folder), [], 'the hashes continue from segment to segment')
  t.strictSame(events, [])
})

t.test('R31 a full disk fails exactly the requests whose records are not written', async t => {
  const folder = folderOf(t)
  const { journal, write, events } = openJournal(t, folder)
  const disk = diskBelow(t, folder)
  await write('a')
  disk.fill(100)
  const error = await write('b').catch(failure => failure)
  t.ok(error instanceof Failure)
  t.match(error, { reason: 'audit-unavailable', backOffMs: 1_000, cause: { code: 'ENOSPC' } })
  await t.rejects(write('c'))
  journal.check()
  t.strictSame(events, ['failed: ENOSPC'], 'the first failure is reported alone')
  disk.empty()
  await write('d')
  t.strictSame(events, ['failed: ENOSPC', 'recovered: 2 lost'])
  t.strictSame(idsIn(folder), ['a', 'd'])
  t.strictSame(problemsOf(folder), [])
})

t.test(
  'R38 checkWritable() fails from a failure until check() finds space, without a request',
  async t => {
    const folder = folderOf(t)
    const { journal, write, events } = openJournal(t, folder)
    const disk = diskBelow(t, folder)
    journal.checkWritable()
    disk.fill()
    journal.checkWritable()
    await t.rejects(write('a'))
    t.throws(() => journal.checkWritable(), { message: /make room, or make it writable/ })
    journal.check()
    t.throws(() => journal.checkWritable())
    disk.empty()
    journal.check()
    journal.checkWritable()
    t.strictSame(events, ['failed: ENOSPC', 'recovered: 1 lost'])
    await write('b')
    t.strictSame(idsIn(folder), ['b'])
    t.strictSame(problemsOf(folder), [])
  },
)

t.test('R37 outcomes wait until the disk has space, up to a limit', async t => {
  const folder = folderOf(t)
  const { journal, write, events } = openJournal(t, folder)
  const disk = diskBelow(t, folder)
  const turn = () => new Promise(resolve => setImmediate(resolve))
  disk.fill()
  journal.record(outcome('a'))
  await t.rejects(write('denied'))
  journal.record(outcome('b'))
  await turn()
  disk.empty()
  journal.check()
  t.strictSame(idsIn(folder), ['a', 'b'])
  t.strictSame(events.splice(0), ['failed: ENOSPC', 'recovered: 1 lost'])

  disk.fill()
  journal.record(outcome('waits'))
  await turn()
  disk.empty()
  await journal.written()
  t.strictSame(idsIn(folder), ['a', 'b', 'waits'], 'written() needs no other record')
  t.strictSame(events.splice(0), ['failed: ENOSPC', 'recovered: 0 lost'])

  disk.fill()
  for (let n = 0; n < 1_010; n++) journal.record(outcome(`n-${n}`))
  await turn()
  const long = 'x'.repeat(250)
  for (let n = 0; n < 5_000; n++) journal.record(record(`lost-${n}`, long))
  await t.rejects(journal.written())
  disk.empty()
  await write('c')
  t.strictSame(events, ['failed: ENOSPC', 'recovered: 5010 lost'])
  t.strictSame(idsIn(folder).slice(-3), ['n-998', 'n-999', 'c'])
  t.strictSame(problemsOf(folder), [])
})

t.test('R31 with onFailure: continue nothing fails', async t => {
  const folder = folderOf(t)
  const { journal, write, events } = openJournal(t, folder, { onFailure: 'continue' })
  const disk = diskBelow(t, folder)
  disk.fill()
  journal.record(outcome('a'))
  await t.resolves(write('a'))
  disk.empty()
  await write('b')
  t.strictSame(idsIn(folder), ['b'])
  t.strictSame(events, ['failed: ENOSPC', 'recovered: 2 lost'])
})

t.test('R31 a disk that is full after any number of bytes loses and repeats nothing', async t => {
  const parent = t.testdir()
  for (let room = 0; room < 2_400; room += 13) {
    const folder = join(parent, `room-${room}`)
    const { journal, write } = openJournal(t, folder)
    const disk = diskBelow(t, folder)
    disk.fill(room)
    const acknowledged: string[] = []
    const tryWrite = (id: string) =>
      write(id).then(
        () => acknowledged.push(id),
        () => undefined,
      )
    for (const id of ['a', 'b', 'c']) await tryWrite(id)
    try {
      journal.rotate()
    } catch {}
    for (const id of ['d', 'e']) await tryWrite(id)
    disk.empty()
    await tryWrite('f')
    journal.rotate()
    await tryWrite('g')
    t.strictSame([idsIn(folder), problemsOf(folder)], [acknowledged, []], `${room} bytes`)
    t.strictSame(acknowledged.slice(-2), ['f', 'g'])
    journal.close()
  }
})

t.test('R37 rotate() keeps the segment if no other can be created', async t => {
  const folder = folderOf(t)
  const { journal, write, events } = openJournal(t, folder)
  await write('a')
  const disk = diskBelow(t, folder)
  disk.fill()
  t.throws(() => journal.rotate(), { code: 'ENOSPC' })
  t.equal(openFilesIn(folder), 1)
  disk.empty()
  await write('b')
  t.equal(filesIn(folder).length, 1)
  t.strictSame([idsIn(folder), events], [['a', 'b'], []])
})

t.test('R38 check() notices that a segment was changed, and begins another', async t => {
  for (const [problem, change] of [
    ['deleted', (file: string) => rmSync(file)],
    ['deleted', (file: string) => renameSync(file, `${file}.1`)],
    ['replaced', (file: string) => replace(file)],
    ['truncated', (file: string) => truncateSync(file, 10)],
    ['deleted', (file: string) => rmSync(join(file, '..'), { recursive: true })],
  ] as const) {
    const folder = folderOf(t)
    rmSync(folder, { recursive: true, force: true })
    const { journal, write, events } = openJournal(t, folder)
    await write('a')
    change(newestIn(folder))
    journal.check()
    t.strictSame(events, [problem])
    await write('b')
    journal.check()
    t.strictSame(events, [problem], 'once')
    t.match(headerOf(newestIn(folder)), { segment: 2 })
    t.ok(idsOfNewest(folder).includes('b'))
  }
})

function replace(file: string): void {
  const content = readFileSync(file)
  rmSync(file)
  writeFileSync(file, content)
}

const idsOfNewest = (folder: string) =>
  readFileSync(newestIn(folder), 'utf8')
    .split('\n')
    .slice(1, -1)
    .map(line => JSON.parse(line).decisionId)

t.test('R31 records are not written to a deleted segment after that is known', async t => {
  const folder = folderOf(t)
  const { journal, write, events } = openJournal(t, folder)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'in its place')
  journal.check()
  journal.check()
  await t.rejects(write('a'))
  t.strictSame(events, ['deleted', 'failed: EEXIST'])
  rmSync(folder)
  await write('b')
  t.strictSame(idsIn(folder), ['b'])
})

t.test('check() shows other processes that the writer runs', async t => {
  const folder = folderOf(t)
  let now = T
  const { journal } = openJournal(t, folder, { now: () => now })
  now = T + 123_000
  journal.check()
  t.equal(statSync(newestIn(folder)).mtimeMs, now)
})

t.test('Journal names a folder that it cannot use, and the key to change', async t => {
  const folder = join(t.testdir({ file: '' }), 'file', 'audit')
  t.throws(() => openJournal(t, folder), {
    message: new RegExp(`journal ${folder}: .*audit.journal`),
  })
  t.throws(() => openJournal(t, join(t.testdirName, 'file')), /audit.journal/)
})

t.test('close() writes the remaining records, and then accepts no more', async t => {
  const folder = folderOf(t)
  const { journal, write } = openJournal(t, folder)
  journal.record(record('a'))
  journal.close()
  t.strictSame(idsIn(folder), ['a'])
  await t.rejects(write('b'), {
    reason: 'audit-unavailable',
    cause: { message: 'The audit journal is closed' },
  })
  t.throws(() => journal.record({ ...record('c'), at: Number.NaN }), RangeError)
})

const program = fileURLToPath(new URL('crashing.ts', import.meta.url))

t.test('R37 a process that is killed at any write or rotation loses nothing', async t => {
  const parent = t.testdir()
  const run = (name: string, step: number) => {
    const folder = join(parent, name)
    mkdirSync(folder)
    return once(execFile(process.execPath, [program, folder, `${step}`]), folder)
  }
  const last = await run('copied', 0)
  t.strictSame([last.signal, idsIn(last.folder)], [null, last.acknowledged])
  const states: string[][] = (last.stderr ?? '')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.ok(states.length > 20, `${states.length} steps`)
  for (const [n, acknowledged] of states.entries())
    hasAll(t, `${last.folder}-${n + 1}`, acknowledged)

  const kills = [1, 2, 3, 4].map(part => Math.floor((part * states.length) / 5))
  const runs = await Promise.all(kills.map(step => run(`killed-${step}`, step)))
  for (const [n, { signal, folder, acknowledged }] of runs.entries()) {
    t.equal(signal, 'SIGKILL')
    t.strictSame(acknowledged, states[(kills[n] ?? 0) - 1], 'the same as without the signal')
    hasAll(t, folder, acknowledged)
  }
})

/** Checks that a folder has the acknowledged records, and at most a record more. */
function hasAll(t: Test, folder: string, acknowledged: readonly string[]) {
  t.ok(removeTornLines(folder) <= 1)
  t.strictSame(problemsOf(folder), [], folder)
  const ids = idsIn(folder)
  t.strictSame(ids.slice(0, acknowledged.length), acknowledged)
  t.equal(new Set(ids).size, ids.length, 'nothing is there twice')
}

/** Returns how a process ended, and the records that it had acknowledged. */
async function once(child: ChildProcess, folder: string) {
  const ended = new Promise<NodeJS.Signals | null>(resolve =>
    child.once('close', (_, signal) => resolve(signal)),
  )
  const [out, stderr] = await Promise.all([child.stdout, child.stderr].map(s => (s ? text(s) : '')))
  return { folder, signal: await ended, acknowledged: (out ?? '').split('\n').slice(0, -1), stderr }
}

/** Removes what the reader ignores. */
function removeTornLines(folder: string): number {
  let torn = 0
  for (const file of filesIn(folder)) {
    const text = readFileSync(file, 'utf8')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole === text) continue
    torn++
    rmSync(file)
    if (whole !== '') appendFileSync(file, whole)
  }
  return torn
}
