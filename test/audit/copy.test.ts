/**
 * Copies of the journal: files, positions, and what becomes of a file that another program moves.
 */

import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
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

function startCopy(t: Test, more: Partial<CopyOptions> = {}) {
  const folder = t.testdir()
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
