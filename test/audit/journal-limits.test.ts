/**
 * Sizes, times, and failures at which the journal begins a batch, a segment, or a checkpoint.
 */

import fs, { existsSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { AuditRecord } from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import { diskBelow } from '../kit/full-disk.ts'
import { problemsOf } from './chain.ts'
import { DAY_MS, filesIn, folderOf, idsIn, newestIn, openJournal, outcome, T } from './journals.ts'
import { openFilesIn } from './open-files.ts'

/** Bytes that the hash of the batch before adds to the first line of a batch. */
const CHAIN_BYTES = `,"previous":"${'0'.repeat(64)}"`.length
const SEGMENT_BYTES = 67_108_864
const BATCH_BYTES = 1_048_576

const recordWith = (after: readonly string[]): AuditRecord => ({
  type: 'change',
  at: T,
  decisionId: 'd',
  action: 'a',
  verdict: 'allow',
  after,
})

/** Returns a record whose line has a number of bytes. */
function recordOf(bytes: number): AuditRecord {
  const texts: string[] = []
  let left = bytes - lineOf(recordWith([])).length + 1
  for (; left > 256; left -= 253) texts.push('x'.repeat(250))
  return recordWith([...texts, 'x'.repeat(left - 3)])
}

function mockTimers(t: Test, api: 'setTimeout' | 'setInterval') {
  mock.timers.enable({ apis: [api] })
  t.teardown(() => mock.timers.reset())
}

/**
 * Makes a function of the file system fail.
 *
 * @param before - called before each failure
 * @returns function that ends this
 */
function fail(
  t: Test,
  name: 'openSync' | 'ftruncateSync' | 'writeSync',
  before: () => void = () => undefined,
): () => void {
  const { [name]: original } = fs
  const restore = () => {
    Object.assign(fs, { [name]: original })
    syncBuiltinESMExports()
  }
  const failing = () => {
    before()
    throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }
  t.teardown(restore)
  Object.assign(fs, { [name]: failing })
  syncBuiltinESMExports()
  return restore
}

const checkpointsIn = (folder: string) =>
  readFileSync(newestIn(folder), 'utf8').split('{"type":"checkpoint"').length - 1

const sizesIn = (folder: string) => filesIn(folder).map(file => statSync(file).size)

for (const [more, batches] of [
  [0, 1],
  [1, 2],
] as const)
  t.test(`a batch has at most 1 MiB: ${more} bytes more are ${batches} batches`, async t => {
    const folder = folderOf(t)
    const { journal } = openJournal(t, folder)
    journal.record(recordOf(BATCH_BYTES - CHAIN_BYTES - 1_000 + more))
    journal.record(recordOf(1_000))
    await journal.written()
    const lines = readFileSync(newestIn(folder), 'utf8').split('\n').slice(2, -1)
    t.equal(lines.filter(line => 'previous' in JSON.parse(line)).length, batches)
    t.equal(lines.length, 2)
    t.strictSame(problemsOf(folder), [])
  })

t.test('R31 written() fails if an earlier batch of the same turn was not written', async t => {
  const folder = folderOf(t)
  const { journal, events } = openJournal(t, folder)
  const disk = diskBelow(t, folder)
  disk.fill()
  for (const letter of ['a', 'b']) {
    journal.record(recordOf(BATCH_BYTES - CHAIN_BYTES))
    journal.record(outcome(letter))
  }
  disk.empty()
  await t.rejects(journal.written())
  journal.record(recordOf(200))
  await journal.written()
  t.strictSame(idsIn(folder), ['a', 'b', 'd'])
  t.strictSame(events, ['failed: ENOSPC', 'recovered: 2 lost'])
  t.strictSame(problemsOf(folder), [])
})

t.test('R37 a segment ends at midnight in UTC', async t => {
  const folder = folderOf(t)
  const midnight = Date.UTC(2026, 10, 28)
  let now = midnight - DAY_MS
  const { write } = openJournal(t, folder, { now: () => now })
  await write('a')
  now = midnight - 1
  await write('b')
  t.equal(filesIn(folder).length, 1)
  now = midnight
  await write('c')
  t.equal(filesIn(folder).length, 2)
  now = midnight - 1
  await write('d')
  t.equal(filesIn(folder).length, 3, 'and when the clock goes back')
})

t.test('R31 records of a new day stay in their segment if no other can be created', async t => {
  const folder = folderOf(t)
  let now = T
  const { write, events } = openJournal(t, folder, { now: () => now })
  await write('a')
  now += DAY_MS
  const restore = fail(t, 'openSync')
  await write('b')
  restore()
  t.strictSame([idsIn(folder), filesIn(folder).length, events], [['a', 'b'], 1, []])
  await write('c')
  t.equal(filesIn(folder).length, 2)
  t.strictSame(problemsOf(folder), [])
})

t.test('a checkpoint follows a record after a second, and once', async t => {
  mockTimers(t, 'setTimeout')
  const folder = folderOf(t)
  const { journal, write } = openJournal(t, folder)
  await write('a')
  mock.timers.tick(999)
  t.equal(checkpointsIn(folder), 1, 'that of the beginning')
  await write('b')
  mock.timers.tick(1)
  t.equal(checkpointsIn(folder), 2)
  mock.timers.tick(10_000)
  t.equal(checkpointsIn(folder), 2, 'none without a record')
  await write('c')
  journal.rotate()
  mock.timers.tick(1_000)
  t.equal(checkpointsIn(folder), 1, 'none of a segment that has ended')
})

t.test('R38 a checkpoint that cannot be written is a failure', async t => {
  mockTimers(t, 'setTimeout')
  const folder = folderOf(t)
  const { journal, write, events } = openJournal(t, folder)
  await write('a')
  const disk = diskBelow(t, folder)
  disk.fill()
  mock.timers.tick(1_000)
  t.strictSame(events, ['failed: ENOSPC'])
  t.throws(() => journal.checkWritable())
  disk.empty()
  await write('b')
  t.strictSame(events, ['failed: ENOSPC', 'recovered: 0 lost'])
  mock.timers.tick(1_000)
  t.equal(checkpointsIn(folder), 2, 'the next records get one')
  t.strictSame(problemsOf(folder), [])
})

t.test('Journal checks its segment every 5 s, until it is closed', async t => {
  mockTimers(t, 'setInterval')
  const folder = folderOf(t)
  let now = T
  const { journal, events } = openJournal(t, folder, { now: () => now })
  const touched = () => statSync(newestIn(folder)).mtimeMs
  now = T + 60_000
  mock.timers.tick(4_999)
  t.not(touched(), now)
  mock.timers.tick(1)
  t.equal(touched(), now)
  rmSync(folder, { recursive: true })
  journal.close()
  t.strictSame(events, ['deleted'], 'close() checks it as well')
  mock.timers.tick(10_000)
  t.notOk(existsSync(folder))
})

t.test('R38 rotate() and close() notice that a segment was changed', async t => {
  for (const act of ['rotate', 'close'] as const) {
    const folder = folderOf(t)
    rmSync(folder, { recursive: true, force: true })
    const { journal, write, events } = openJournal(t, folder)
    await write('a')
    const file = newestIn(folder)
    truncateSync(file, 10)
    journal[act]()
    t.strictSame(events, ['truncated'], act)
    t.equal(statSync(file).size, 10, 'nothing is added to it')
  }
})

t.test('R31 a segment with a torn batch ends, if that cannot be removed', async t => {
  mockTimers(t, 'setTimeout')
  const folder = folderOf(t)
  const { journal, write, events } = openJournal(t, folder)
  await write('a')
  const disk = diskBelow(t, folder)
  const restore = fail(t, 'ftruncateSync')
  disk.fill(10)
  await t.rejects(write('b'))
  restore()
  disk.empty()
  const [torn = ''] = filesIn(folder)
  const text = readFileSync(torn, 'utf8')
  t.notOk(text.endsWith('\n'))
  mock.timers.tick(1_000)
  t.equal(readFileSync(torn, 'utf8'), text, 'no checkpoint follows it')
  await write('c')
  journal.close()
  t.strictSame(events, ['failed: ENOSPC', 'recovered: 1 lost'])
  t.equal(readFileSync(torn, 'utf8'), text)
  truncateSync(torn, text.lastIndexOf('\n') + 1)
  t.strictSame([idsIn(folder), problemsOf(folder)], [['a', 'c'], []])
})

t.test(
  'R31 a batch is removed after any number of its bytes, and none if there are none',
  async t => {
    for (const [room, segments] of [
      [0, 1],
      [1, 2],
      [10, 2],
    ] as const) {
      const folder = folderOf(t)
      rmSync(folder, { recursive: true, force: true })
      const { journal, write } = openJournal(t, folder)
      const disk = diskBelow(t, folder)
      const restore = fail(t, 'ftruncateSync')
      disk.fill(room)
      await t.rejects(write('a'))
      restore()
      disk.empty()
      await write('b')
      t.equal(filesIn(folder).length, segments, `after ${room} bytes that cannot be removed`)
      journal.close()
    }
  },
)

t.test('R31 rotate() says why, also if another program deletes the next segment', async t => {
  const folder = folderOf(t)
  const { journal } = openJournal(t, folder)
  const restore = fail(t, 'writeSync', () => rmSync(newestIn(folder)))
  t.throws(() => journal.rotate(), { code: 'EIO' })
  restore()
})

t.test('the records of a turn wait for its end once', async t => {
  const folder = folderOf(t)
  const { journal } = openJournal(t, folder)
  const { mock: calls } = mock.method(globalThis, 'setImmediate')
  t.teardown(() => mock.restoreAll())
  for (let n = 0; n < 3; n++) journal.record(recordOf(200))
  t.equal(calls.callCount(), 1)
  await journal.written()
})

t.test('Journal reports nothing after it is closed', async t => {
  const { journal, events } = openJournal(t, folderOf(t))
  journal.close()
  journal.close()
  t.strictSame(events, [])
})

t.test('Journal keeps one file open, and none after it is closed', async t => {
  const folder = folderOf(t)
  const { journal, write } = openJournal(t, folder)
  for (const id of ['a', 'b', 'c']) {
    await write(id)
    journal.rotate()
  }
  t.equal(openFilesIn(folder), 1)
  journal.close()
  t.equal(openFilesIn(folder), 0)
})

t.test('R37 a segment has at most 64 MiB', async t => {
  // No checkpoint comes between.
  mockTimers(t, 'setTimeout')
  const folder = folderOf(t)
  const { journal, write } = openJournal(t, folder)
  for (;;) {
    const left = SEGMENT_BYTES - statSync(newestIn(folder)).size - CHAIN_BYTES
    journal.record(recordOf(left > 1_500_000 ? 1_000_000 : left))
    await journal.written()
    if (left <= 1_500_000) break
  }
  t.strictSame(sizesIn(folder), [SEGMENT_BYTES])
  await write('one more')
  t.equal(filesIn(folder).length, 2)
  t.strictSame(idsIn(folder).slice(-1), ['one more'])
  t.strictSame(problemsOf(folder), [])
})
