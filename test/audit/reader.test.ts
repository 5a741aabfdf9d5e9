import fs, {
  appendFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import {
  beginningOf,
  beginningOfSegment,
  idOf,
  JournalReader,
  type Lines,
  linesIn,
  type Position,
  readLineAt,
} from '../../src/audit/reader.ts'
import { newWriter, segmentFile, segmentsIn } from '../../src/audit/segments.ts'
import { openFilesIn } from './open-files.ts'

const WRITER = newWriter(0)
const HEADER = '{"type":"segment"}\n'

const lineOf = (name: string) => `{"name":"${name}"}\n`

/** A reader of a folder of its own. */
function startReader(t: Test) {
  const folder = t.testdir()
  const reader = new JournalReader(folder)
  t.teardown(() => reader.close())
  const fileOf = (segment: number) => segmentFile(folder, { writer: WRITER, segment })
  const begin = (segment: number, ...names: string[]) =>
    writeFileSync(fileOf(segment), HEADER + names.map(lineOf).join(''))
  const append = (segment: number, text: string) => appendFileSync(fileOf(segment), text)
  return { folder, reader, fileOf, begin, append }
}

const recordsIn = (read: Lines | undefined) =>
  read && linesIn(read).map(({ at, line }) => ({ id: idOf(at), line }))

const namesIn = (read: Lines | undefined) =>
  recordsIn(read)?.map(({ line }) => JSON.parse(line).name)

/** Reads until there is nothing. */
async function readAll(reader: JournalReader, from: Position = beginningOf(WRITER)) {
  const lines = []
  let end = from
  for (;;) {
    const read = await reader.read(end)
    if (read === undefined) return { lines, end }
    lines.push(...(recordsIn(read) ?? []))
    end = read.end
  }
}

t.test('newWriter() makes names that sort by time and never repeat', async t => {
  t.match(newWriter(Date.UTC(2026, 10, 27, 17, 58, 3, 4)), /^20261127T175803Z-[0-9a-f]{8}$/)
  t.not(newWriter(0), newWriter(0))
})

t.test('segmentsIn() sorts segments by writer and number, and ignores other files', async t => {
  const [a, b] = ['19700101T000000Z-aaaaaaaa', '19700101T000000Z-bbbbbbbb']
  const names = [
    `${b}-000002.jsonl`,
    `${a}-1000000.jsonl`,
    `${b}-000001.jsonl`,
    'positions',
    `${a}-000002.jsonl`,
    `${a}-000003.jsonl.gz`,
    'audit.jsonl',
  ]
  t.strictSame(segmentsIn(names), [
    { writer: a, segment: 2 },
    { writer: a, segment: 1_000_000 },
    { writer: b, segment: 1 },
    { writer: b, segment: 2 },
  ])
})

t.test('beginningOf() is the position before the first line of the first segment', async t => {
  const beginning = { writer: WRITER, segment: 1, sequence: 0, offset: 0 }
  t.strictSame(beginningOf(WRITER), beginning)
  t.strictSame(beginningOfSegment({ writer: WRITER, segment: 7 }), { ...beginning, segment: 7 })
})

t.test('R37 read() returns records with their IDs, and not the header', async t => {
  const { reader, begin, append } = startReader(t)
  t.equal(await reader.read(beginningOf(WRITER)), undefined, 'before there is a segment')
  begin(1)
  t.equal(await reader.read(beginningOf(WRITER)), undefined, 'of a header alone')
  append(1, lineOf('a') + lineOf('ż'))
  const read = await reader.read(beginningOf(WRITER))
  t.strictSame(recordsIn(read), [
    { id: `${WRITER}/1/2`, line: '{"name":"a"}' },
    { id: `${WRITER}/1/3`, line: '{"name":"ż"}' },
  ])
  const end = read?.end ?? beginningOf(WRITER)
  t.equal(await reader.read(end), undefined)
  append(1, lineOf('c'))
  t.strictSame(recordsIn(await reader.read(end)), [{ id: `${WRITER}/1/4`, line: '{"name":"c"}' }])
})

t.test('R37 read() returns nothing behind what is committed', async t => {
  const { reader, fileOf, begin, append } = startReader(t)
  begin(1, 'a')
  const kept = statSync(fileOf(1)).size
  append(1, lineOf('b'))
  const committed = { segment: 1, bytes: kept }
  const read = await reader.read(beginningOf(WRITER), committed)
  t.strictSame(namesIn(read), ['a'])
  const end = read?.end ?? beginningOf(WRITER)
  t.equal(await reader.read(end, committed), undefined)
  begin(2, 'c')
  t.equal(await reader.read(end, { ...committed, bytes: end.offset }), undefined, 'a later segment')
  t.strictSame(namesIn(await reader.read(end, { segment: 2, bytes: 0 })), ['b'], 'a complete one')
})

t.test('R37 read() ends where the committed lines end, also after a stored position', async t => {
  const { reader, fileOf, begin, append } = startReader(t)
  begin(1, 'a')
  const { end } = await readAll(reader)
  append(1, lineOf('b'))
  const committed = { segment: 1, bytes: statSync(fileOf(1)).size }
  append(1, lineOf('c'))
  t.strictSame(namesIn(await reader.read(end, committed)), ['b'])
})

t.test('R37 read() ignores a torn last line, and returns it once it is whole', async t => {
  const { reader, begin, append } = startReader(t)
  begin(1, 'a')
  append(1, '{"name":')
  const read = await reader.read(beginningOf(WRITER))
  t.strictSame(namesIn(read), ['a'])
  const end = read?.end ?? beginningOf(WRITER)
  t.equal(await reader.read(end), undefined)
  append(1, '"b"}\n')
  t.strictSame(namesIn(await reader.read(end)), ['b'])
})

t.test('R37 read() goes from segment to segment, past a torn line and a missing one', async t => {
  const { reader, begin, append } = startReader(t)
  begin(1, 'a')
  append(1, '{"name":')
  begin(2)
  begin(4, 'b')
  writeFileSync(join(t.testdirName, `${newWriter(1)}-000005.jsonl`), `${HEADER}${lineOf('other')}`)
  const { lines, end } = await readAll(reader)
  t.strictSame(
    lines.map(({ id }) => id),
    [`${WRITER}/1/2`, `${WRITER}/4/2`],
  )
  begin(5, 'c')
  t.strictSame(namesIn(await reader.read(end)), ['c'])
})

t.test('R37 read() starts behind a stored position with a new reader', async t => {
  const { folder, reader, begin, append } = startReader(t)
  begin(1, 'a', 'b')
  const stored = JSON.stringify((await reader.read(beginningOf(WRITER)))?.end)
  append(1, lineOf('c'))
  const another = new JournalReader(folder)
  t.teardown(() => another.close())
  t.strictSame(namesIn(await another.read(JSON.parse(stored))), ['c'])
})

t.test('R37 read() returns lines that are longer than one read', async t => {
  const { reader, begin } = startReader(t)
  const long = 'ż'.repeat(400_000)
  begin(1, 'a', long, 'b')
  const { lines } = await readAll(reader)
  t.strictSame(
    lines.map(({ line }) => JSON.parse(line).name),
    ['a', long, 'b'],
  )
})

t.test('readLineAt() returns one line, however long it is', async t => {
  const { folder, reader, begin } = startReader(t)
  const names = ['a', 'ż'.repeat(40_000), 'b']
  begin(1, ...names)
  const read = await reader.read(beginningOf(WRITER))
  const places = read ? linesIn(read).map(({ at }) => at) : []
  const found = await Promise.all(places.map(at => readLineAt(folder, at)))
  t.strictSame(
    found,
    names.map(name => lineOf(name).trimEnd()),
  )
  t.equal(await readLineAt(folder, { ...beginningOf(WRITER), segment: 2 }), undefined)
})

t.test('R37 read() reads a segment to its end after it was deleted', async t => {
  const { folder, reader, begin, append, fileOf } = startReader(t)
  begin(1, 'a')
  const read = await reader.read(beginningOf(WRITER))
  append(1, lineOf('b'))
  rmSync(fileOf(1))
  t.strictSame(readdirSync(folder), [])
  t.strictSame(namesIn(await reader.read(read?.end ?? beginningOf(WRITER))), ['b'])
})

t.test('R37 read() continues in the next segment after one that was truncated', async t => {
  const { reader, begin, fileOf } = startReader(t)
  begin(1, 'a', 'b')
  const { end } = await readAll(reader)
  truncateSync(fileOf(1))
  t.equal(await reader.read(end), undefined)
  begin(2, 'c')
  t.strictSame(namesIn(await reader.read(end)), ['c'])
})

t.test('read() returns nothing of the memory behind what it has read', async t => {
  mock.method(Buffer, 'allocUnsafe', (size: number) => Buffer.alloc(size, '\n'))
  t.teardown(() => mock.restoreAll())
  const { folder, reader, begin, append } = startReader(t)
  begin(1, 'a')
  const read = await reader.read(beginningOf(WRITER))
  t.strictSame(namesIn(read), ['a'])
  const end = read?.end ?? beginningOf(WRITER)
  t.equal(await reader.read(end), undefined)
  append(1, '{"name":')
  t.equal(await reader.read(end), undefined)
  t.equal(await readLineAt(folder, read?.start ?? end), '{"name":"a"}')
  append(1, '"b"}\n')
  t.strictSame(namesIn(await reader.read(end)), ['b'])
})

t.test('R37 an empty line that another program has added counts as one', async t => {
  const { reader, begin, append } = startReader(t)
  begin(1, 'a')
  append(1, `\n\n${lineOf('b')}\n`)
  const read = await reader.read(beginningOf(WRITER))
  t.strictSame(
    recordsIn(read)?.map(({ line }) => line),
    ['{"name":"a"}', '', '', '{"name":"b"}', ''],
  )
  t.equal(read?.end.sequence, 6)
  append(1, lineOf('c'))
  t.match(recordsIn(await reader.read(read?.end ?? beginningOf(WRITER))), [{ id: `${WRITER}/1/7` }])
})

t.test('R37 read() returns an empty line that comes alone', async t => {
  const { reader, begin, append } = startReader(t)
  begin(1, 'a')
  const { end } = await readAll(reader)
  append(1, '\n')
  t.strictSame(recordsIn(await reader.read(end)), [{ id: `${WRITER}/1/3`, line: '' }])
})

t.test('read() reads 256 KB at once, or as much as it is told', async t => {
  const { folder, reader, begin, append } = startReader(t)
  begin(1)
  append(1, '\n'.repeat(300_000))
  t.equal((await reader.read(beginningOf(WRITER)))?.end.offset, 262_144)
  const narrow = new JournalReader(folder, HEADER.length)
  t.teardown(() => narrow.close())
  const { end } = (await narrow.read(beginningOf(WRITER))) ?? {}
  t.match(end, { sequence: 1 + HEADER.length, offset: 2 * HEADER.length }, 'after the header')
})

t.test('readLineAt() fails if it cannot open the segment', async t => {
  const { fileOf, begin } = startReader(t)
  begin(1)
  await t.rejects(readLineAt(fileOf(1), beginningOf(WRITER)), { code: 'ENOTDIR' })
})

t.test('JournalReader keeps one file open, and returns how long that is', async t => {
  const { folder, reader, begin, fileOf } = startReader(t)
  t.equal(await reader.reached(), undefined)
  begin(1, 'a')
  begin(2, 'b')
  const { end } = await readAll(reader)
  t.strictSame(await reader.reached(), { segment: 2, bytes: statSync(fileOf(2)).size })
  t.equal(openFilesIn(folder), 1)
  await reader.close()
  t.equal(await reader.reached(), undefined)
  t.equal(openFilesIn(folder), 0)
  await readLineAt(folder, end)
  t.equal(openFilesIn(folder), 0)
})

/** Calls a function before the folder is listed, as a process that writes at this moment. */
function beforeListing(t: Test, act: () => void) {
  const { readdir } = fs.promises
  const restore = () => {
    fs.promises.readdir = readdir
    syncBuiltinESMExports()
  }
  t.teardown(restore)
  fs.promises.readdir = (async (path: string) => {
    restore()
    act()
    return await readdir(path)
  }) as typeof readdir
  syncBuiltinESMExports()
}

for (const [what, first, late, expected] of [
  ['a record', `${HEADER}${lineOf('a')}`, lineOf('late'), [`${WRITER}/1/3`, `${WRITER}/2/2`]],
  ['an empty line', `${HEADER}${lineOf('a')}`, '\n', [`${WRITER}/1/3`, `${WRITER}/2/2`]],
  ['the header', '', HEADER, [`${WRITER}/2/2`]],
] as const)
  t.test(`R37 read() returns what ends a segment before the next begins: ${what}`, async t => {
    const { reader, begin, append } = startReader(t)
    append(1, first)
    const { end } = await readAll(reader)
    beforeListing(t, () => {
      append(1, late)
      begin(2, 'b')
    })
    const read = await reader.read(end)
    const { lines } = await readAll(reader, read?.end)
    t.strictSame(
      [...(recordsIn(read) ?? []), ...lines].map(({ id }) => id),
      expected,
    )
    t.not(read?.bytes.length, 0)
  })
