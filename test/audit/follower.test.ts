import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Consumer } from '../../src/audit/consumer.ts'
import { Follower } from '../../src/audit/follower.ts'
import { FilePositions } from '../../src/audit/positions.ts'
import { idOf, type Lines, linesIn } from '../../src/audit/reader.ts'
import { newWriter, segmentFile } from '../../src/audit/segments.ts'
import { copyTo as copy } from '../kit/journal.ts'

const WRITER = newWriter(0)

/** A journal of one segment, and what follows it. */
function startJournal(t: Test) {
  const folder = t.testdir()
  const segment = segmentFile(folder, { writer: WRITER, segment: 1 })
  writeFileSync(segment, '{"type":"segment"}\n')
  const append = (...names: string[]) =>
    appendFileSync(segment, names.map(name => `{"name":"${name}"}\n`).join(''))
  const told: string[] = []
  const clock = { now: 0 }
  const follow = (consumer: Consumer) => {
    return new Follower({
      folder,
      writer: WRITER,
      consumer,
      failed: (name, error) => told.push(`${name}: ${(error as Error).message}`),
      recovered: name => told.push(`${name}: recovered`),
      now: () => clock.now,
    })
  }
  const copyTo = (file: string) => copy(file, new FilePositions(join(folder, 'positions')))
  return { folder, segment, append, follow, copyTo, told, clock }
}

const recordsIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))

const record = (sequence: number, name: string) => ({ id: `${WRITER}/1/${sequence}`, name })

t.test('R37 a consumer has each record with its ID, once, over restarts', async t => {
  const { folder, append, follow, copyTo, told } = startJournal(t)
  const file = join(folder, 'audit.jsonl')
  append('a', 'b')
  await follow(copyTo(file)).close()
  t.strictSame(recordsIn(file), [record(2, 'a'), record(3, 'b')])
  append('c')
  const follower = follow(copyTo(file))
  await follower.drain()
  append('d')
  await follower.close()
  t.strictSame(
    recordsIn(file).map(({ name }) => name),
    ['a', 'b', 'c', 'd'],
  )
  t.strictSame(told, [])
})

t.test('R37 Follower repeats records whose position was not stored, with the same IDs', async t => {
  const { folder, append, follow, copyTo } = startJournal(t)
  const file = join(folder, 'audit.jsonl')
  append('a')
  await follow(copyTo(file)).close()
  rmSync(join(folder, 'positions'), { recursive: true })
  await follow(copyTo(file)).close()
  t.strictSame(recordsIn(file), [record(2, 'a'), record(2, 'a')])
})

t.test('R38 Follower reports the first failure and the end of it, and loses nothing', async t => {
  const { folder, append, follow, copyTo, told } = startJournal(t)
  const file = join(folder, 'place', 'audit.jsonl')
  writeFileSync(join(folder, 'place'), '')
  append('a')
  const follower = follow(copyTo(file))
  await follower.drain()
  await follower.drain()
  t.match(told, [/^copy: ENOTDIR/])
  t.equal(told.length, 1)
  t.notOk(follower.has({ writer: WRITER, segment: 1 }, 1))
  rmSync(join(folder, 'place'))
  mkdirSync(join(folder, 'place'))
  append('b')
  await follower.close()
  t.equal(told[1], 'copy: recovered')
  t.strictSame(recordsIn(file), [record(2, 'a'), record(3, 'b')])
})

t.test('R38 lagMs is the time since the consumer had all records', async t => {
  const { folder, append, follow, copyTo, clock } = startJournal(t)
  const place = join(folder, 'place')
  mkdirSync(place)
  const follower = follow(copyTo(join(place, 'audit.jsonl')))
  append('a')
  const lagAfter = async (ms: number) => {
    clock.now += ms
    await follower.drain()
    return follower.lagMs
  }
  t.equal(await lagAfter(1_000), 0)
  rmSync(place, { recursive: true })
  append('b')
  t.equal(await lagAfter(1_000), 1_000)
  t.equal(await lagAfter(1_000), 2_000)
  mkdirSync(place)
  t.equal(await lagAfter(1_000), 0)
  await follower.close()
})

t.test('R37 has() returns whether the consumer has all records of a segment', async t => {
  const { segment, append, follow, copyTo, folder } = startJournal(t)
  const follower = follow(copyTo(join(folder, 'audit.jsonl')))
  append('a')
  const has = (number: number) =>
    follower.has({ writer: WRITER, segment: number }, statSync(segment).size)
  t.notOk(has(1), 'before it was read')
  await follower.drain()
  t.ok(has(1))
  t.notOk(has(2))
  append('b')
  t.notOk(has(1))
  await follower.close()
  t.notOk(follower.has({ writer: 'another', segment: 1 }, 0))
})

t.test('R37 forget() removes the position', async t => {
  const { folder, append, follow, copyTo } = startJournal(t)
  const positions = new FilePositions(join(folder, 'positions'))
  const follower = follow(copyTo(join(folder, 'audit.jsonl')))
  append('a')
  await follower.drain()
  t.match(positions.of(WRITER), { writer: WRITER, segment: 1, sequence: 2 })
  await follower.forget(WRITER)
  t.equal(positions.of(WRITER), undefined)
  await follower.close()
})

t.test('R37 consume() receives the same records again after it has failed', async t => {
  const { append, follow } = startJournal(t)
  const taken: (readonly string[])[] = []
  const consumer: Consumer = {
    name: 'picky',
    position: async () => undefined,
    consume: async (lines: Lines) => {
      taken.push(linesIn(lines).map(({ at }) => idOf(at)))
      if (taken.length === 1) throw new Error('no')
    },
    forget: async () => undefined,
    close: async () => undefined,
  }
  append('a')
  const follower = follow(consumer)
  await follower.drain()
  await follower.close()
  t.strictSame(taken, [[`${WRITER}/1/2`], [`${WRITER}/1/2`]])
})

t.test('R37 Follower leaves to the next poll what is written while it consumes', async t => {
  const { folder, segment, append, told, clock } = startJournal(t)
  let polls = 0
  let batches = 0
  const follower = new Follower({
    folder,
    writer: WRITER,
    committed: () => {
      polls += 1
      return { segment: 1, bytes: statSync(segment).size }
    },
    consumer: {
      name: 'busy',
      position: async () => undefined,
      consume: async () => {
        batches += 1
        if (batches < 10) append(`while ${batches}`)
      },
      forget: async () => undefined,
      close: async () => undefined,
    },
    failed: (name, error) => told.push(`${name}: ${(error as Error).message}`),
    recovered: name => told.push(`${name}: recovered`),
    now: () => clock.now,
  })
  append('a')
  while (batches < 10) await follower.drain()
  t.equal(polls, 10, 'one batch in each')
  await follower.close()
  t.strictSame(told, [])
})

t.test(
  'Follower passes on as many bytes at once as the consumer takes, and whole lines',
  async t => {
    const { append, follow } = startJournal(t)
    const names = Array.from({ length: 10 }, (_, n) => `record ${n}`)
    append(...names, 'long'.repeat(100))
    const taken: number[] = []
    const follower = follow({
      name: 'narrow',
      batchBytes: 100,
      position: async () => undefined,
      consume: async lines => {
        taken.push(linesIn(lines).length)
      },
      forget: async () => undefined,
      close: async () => undefined,
    })
    await follower.drain()
    await follower.close()
    t.strictSame(taken, [4, 5, 1, 1])
  },
)
