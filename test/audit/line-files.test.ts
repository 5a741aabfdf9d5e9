/**
 * Files of an audit report: which are read, what is missing, and lines that cannot be read.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { auditFiles, linesOfFiles, originalOf, placeOf } from '../../src/audit/line-files.ts'

const WRITER = '20261127T175803Z-0123abcd'
const OTHER = '20261127T175804Z-0123abcd'
const nameOf = (segment: number, writer = WRITER) =>
  `${writer}-${String(segment).padStart(6, '0')}.jsonl`

/** Returns the names of the files to read, and the problems, of a folder with files. */
async function filesOf(t: Test, names: readonly string[]) {
  const folder = t.testdir()
  for (const name of names) writeFileSync(join(folder, name), '')
  const problems: string[] = []
  const files = await auditFiles([folder], problem => problems.push(problem))
  const short = (text: string) => text.replaceAll(`${folder}/`, '').replaceAll(folder, 'FOLDER')
  return { files: files.map(short), problems: problems.map(short) }
}

const missing = (which: string, writer = WRITER) =>
  `Segment ${which} of ${writer} is missing in FOLDER. Restore it from a backup`

for (const [what, names, files, problems] of [
  ['segments', [nameOf(2), nameOf(1)], [nameOf(1), nameOf(2)], []],
  ['later segments alone', [nameOf(5), nameOf(6)], [nameOf(5), nameOf(6)], []],
  ['one missing', [nameOf(1), nameOf(3)], [nameOf(1), nameOf(3)], [missing('2')]],
  ['several missing', [nameOf(1), nameOf(5)], [nameOf(1), nameOf(5)], [missing('2 to 4')]],
  [
    'two writers',
    [nameOf(1), nameOf(4, OTHER), nameOf(6, OTHER)],
    [nameOf(1), nameOf(4, OTHER), nameOf(6, OTHER)],
    [missing('5', OTHER)],
  ],
  [
    'compressed files, and one beside its original',
    [`${nameOf(1)}.gz`, `${nameOf(2)}.zst`, nameOf(3), `${nameOf(3)}.gz`],
    [`${nameOf(1)}.gz`, `${nameOf(2)}.zst`, nameOf(3)],
    [],
  ],
  ['a copy', ['audit.jsonl', 'audit.jsonl.1', 'positions'], ['audit.jsonl'], []],
  ['endings within a name', ['audit.jsonl.gz.1', 'a.gz', 'b.jsonl'], ['b.jsonl'], []],
] as const)
  t.test(`auditFiles() of a folder: ${what}`, async t => {
    t.strictSame(await filesOf(t, names), { files, problems })
  })

t.test(
  'auditFiles() reports a folder without audit files, and a path that does not exist',
  async t => {
    const { files, problems } = await filesOf(t, ['positions', 'audit.json'])
    t.strictSame(files, [])
    t.match(problems, [/^FOLDER contains no audit files /])
    t.equal(problems.length, 1)
    const none: string[] = []
    const absent = join(t.testdirName, 'absent.jsonl')
    const file = join(t.testdirName, 'positions')
    const found = await auditFiles([absent, file], problem => none.push(problem))
    t.strictSame(found, [file], 'a file is read whatever its name is')
    t.match(none, [/absent[.]jsonl does not exist[.] Name an audit file, or the folder/])
  },
)

t.test('originalOf() removes the ending of a compressed file', async t => {
  for (const [name, original] of [
    ['a.jsonl', 'a.jsonl'],
    ['a.jsonl.gz', 'a.jsonl'],
    ['a.jsonl.zst', 'a.jsonl'],
    ['a.gz.jsonl', 'a.gz.jsonl'],
    ['a.jsonl.gz.zst', 'a.jsonl.gz'],
  ] as const)
    t.equal(originalOf(name), original)
})

/** Reads files with a content each. Returns their lines by number, and the problems. */
async function readEach(
  t: Test,
  contents: Readonly<Record<string, Buffer | string>>,
  maxLine?: number,
) {
  const folder = t.testdir()
  const files = Object.entries(contents).map(([name, content]) => {
    const file = join(folder, name)
    writeFileSync(file, content)
    return file
  })
  const problems: string[] = []
  const lines: string[] = []
  for await (const some of linesOfFiles(files, problem => problems.push(problem), maxLine))
    for (const [n, end] of some.ends.entries()) {
      const line = some.text.slice(n === 0 ? 0 : (some.ends[n - 1] ?? 0) + 1, end)
      lines.push(`${placeOf(some, n)}: ${line.length > 9 ? line.length : line}`)
    }
  return { lines, problems: problems.map(text => text.replaceAll(`${folder}/`, '')) }
}

const MEGABYTE = 1_024 * 1_024

t.test('linesOfFiles() numbers lines over chunks and files', async t => {
  const long = `a\n${'x'.repeat(2 * MEGABYTE)}\nb\n`
  const { lines, problems } = await readEach(t, {
    'one.jsonl': '1\n\n3\n',
    'two.jsonl.gz': gzipSync(long),
    'three.jsonl.zst': zstdCompressSync(long),
    'four.jsonl': long,
    'empty.jsonl': '',
    'short.jsonl': '\n',
  })
  t.strictSame(problems, [])
  const longLines = (name: string) => [
    `${name}, line 1: a`,
    `${name}, line 2: ${2 * MEGABYTE}`,
    `${name}, line 3: b`,
  ]
  t.strictSame(lines, [
    'one.jsonl, line 1: 1',
    'one.jsonl, line 2: ',
    'one.jsonl, line 3: 3',
    ...longLines('two.jsonl.gz'),
    ...longLines('three.jsonl.zst'),
    ...longLines('four.jsonl'),
    'short.jsonl, line 1: ',
  ])
})

t.test('linesOfFiles() reports what it cannot read, and reads the other files', async t => {
  // Chunks end within a line of it.
  const zipped = gzipSync(Buffer.from(`a\n${'xxxxxx\n'.repeat(300_000)}`))
  mkdirSync(join(t.testdir(), 'folder'))
  const { lines, problems } = await readEach(t, {
    'torn.jsonl': 'a\nb\nc',
    'cut.jsonl.gz': zipped.subarray(0, -20),
    'not.jsonl.gz': Buffer.from('1f8b000000', 'hex'),
    'last.jsonl': 'z\n',
  })
  t.match(lines.slice(0, 2), ['torn.jsonl, line 1: a', 'torn.jsonl, line 2: b'])
  t.equal(lines.at(-1), 'last.jsonl, line 1: z')
  t.match(problems, [
    /^torn[.]jsonl: line 3 is cut off at the end of the file/,
    /^cut[.]jsonl[.]gz cannot be read after line \d+: .*Restore it from a backup$/,
    /^Cannot read not[.]jsonl[.]gz: .*Make it readable, or restore it from a backup$/,
  ])
  t.equal(problems.length, 3)
})

t.test('linesOfFiles() reports a line that is longer than the limit', async t => {
  const contents = { 'one.jsonl': `a\n${'x'.repeat(11)}`, 'two.jsonl': 'x'.repeat(10) }
  const { lines, problems } = await readEach(t, contents, 10)
  t.strictSame(lines, [])
  t.match(problems, [
    /^Cannot read one[.]jsonl: a line is longer than 10 bytes/,
    /^two[.]jsonl: line 1 is cut off/,
  ])
})

t.test('linesOfFiles() does not take a few bytes for a format', async t => {
  const { lines, problems } = await readEach(t, {
    'one.jsonl': Buffer.from('1f', 'hex'),
    'three.jsonl': Buffer.from('28b52f', 'hex'),
  })
  t.strictSame(lines, [])
  t.match(problems, [/^one[.]jsonl: line 1 is cut off/, /^three[.]jsonl: line 1 is cut off/])
})
