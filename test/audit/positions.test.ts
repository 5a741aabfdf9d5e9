/**
 * Positions in files: what is stored, replaced, and ignored.
 */

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FilePositions } from '../../src/audit/positions.ts'
import { beginningOf, type Position } from '../../src/audit/reader.ts'
import { newWriter } from '../../src/audit/segments.ts'
import { openFilesIn } from './open-files.ts'

const WRITER = newWriter(0)

const FAR: Position = { writer: WRITER, segment: 999_999, sequence: 9_999_999, offset: 67_108_864 }

t.test('R37 store() replaces a position in place, at the same length', async t => {
  const folder = join(t.testdir(), 'positions', 'copy')
  const positions = new FilePositions(folder)
  t.equal(positions.of(WRITER), undefined)
  let ino: number | undefined
  for (const position of [FAR, beginningOf(WRITER), { ...FAR, segment: 2 }]) {
    positions.store(position)
    t.strictSame(positions.of(WRITER), position)
    const stats = statSync(join(folder, WRITER))
    t.equal(stats.size, 200)
    t.equal(stats.mode & 0o777, 0o600)
    ino ??= stats.ino
    t.equal(stats.ino, ino)
  }
  t.equal(openFilesIn(folder), 0)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  positions.forget(WRITER)
  t.equal(positions.of(WRITER), undefined)
  positions.forget(WRITER)
})

t.test('R37 of() reads a position that an earlier release stored', async t => {
  const folder = t.testdir()
  const text = `{"writer":"${WRITER}","segment":3,"sequence":12,"offset":3456}\n`.padStart(200)
  writeFileSync(join(folder, WRITER), text)
  const positions = new FilePositions(folder)
  const position = { writer: WRITER, segment: 3, sequence: 12, offset: 3_456 }
  t.strictSame(positions.of(WRITER), position)
  positions.store(position)
  t.equal(readFileSync(join(folder, WRITER), 'utf8'), text)
})

t.test(
  'R37 of() counts a file without a position as none, and fails if it cannot read',
  async t => {
    const folder = t.testdir()
    const positions = new FilePositions(folder)
    for (const text of ['', '{"writer":', ' '.repeat(200)]) {
      writeFileSync(join(folder, WRITER), text)
      t.equal(positions.of(WRITER), undefined)
    }
    mkdirSync(join(folder, 'folder'))
    t.throws(() => positions.of('folder'), { code: 'EISDIR' })
  },
)

t.test('R37 store() never truncates a file, because a crash could leave it empty', async t => {
  const folder = t.testdir()
  writeFileSync(join(folder, WRITER), ' '.repeat(250))
  const positions = new FilePositions(folder)
  positions.store(FAR)
  t.equal(statSync(join(folder, WRITER)).size, 250)
  t.strictSame(positions.of(WRITER), FAR)
})
